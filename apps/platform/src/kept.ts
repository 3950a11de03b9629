import { access, constants, mkdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type BootLog, LoaderShelf } from '@bootcast/boot'
import { DiskStore } from '@bootcast/content'
import type { Config } from './config.ts'
import { lockData } from './data-lock.ts'
import { type Database, DatabaseUnusable, openDatabase } from './database/open.ts'
import { StartRefused } from './start-refused.ts'

export type Kept = {
  /** The data folder, absolute. */
  readonly data: string
  readonly database: Database
  readonly blobs: DiskStore
  readonly shelf: LoaderShelf
}

/**
 * Opens all that outlives the process:
 *
 *     DATA/
 *       lock           held by the process that works here
 *       catalogue.db   SQLite, unless PostgreSQL is configured
 *       store/         the bytes of files: content/DiskStore
 *       uploads/       uploads on their way: uploads/upload-store.ts
 *       scratch/       work under way; emptied at the start
 */
export async function openKept(
  {
    config,
    projectRoot,
    log,
  }: { readonly config: Config; readonly projectRoot: string; readonly log: BootLog },
  starting: AsyncDisposableStack,
): Promise<Kept> {
  const data = resolve(config.data)
  await makeFolder(data, '--data DIR')
  for (const name of ['.', 'lock', 'catalogue.db', 'store', 'uploads', 'scratch'])
    await checkOurs(join(data, name), data)
  starting.adopt(lockData(data), (lock) => lock.release())
  const database = starting.adopt(await openCatalogue(config, data), (opened) => opened.destroy())
  const blobs = await DiskStore.open({ root: join(data, 'store') })
  const directory = resolve(config.loaders ?? join(projectRoot, 'loaders'))
  await makeFolder(directory, '--loaders DIR')
  return { data, database, blobs, shelf: await LoaderShelf.open({ directory, log }) }
}

async function openCatalogue({ database: url }: Config, data: string): Promise<Database> {
  try {
    if (url !== undefined) return await openDatabase({ kind: 'postgres', url })
    return await openDatabase({ kind: 'sqlite', path: join(data, 'catalogue.db') })
  } catch (error) {
    throw error instanceof DatabaseUnusable ? new StartRefused(error.message, { cause: error }) : error
  }
}

/** What another user made (a start by root, say) would fail much later, and less clearly. */
async function checkOurs(path: string, data: string): Promise<void> {
  const owner = await stat(path).catch(() => undefined)
  if (owner === undefined) return
  const mode = constants.R_OK | constants.W_OK | (owner.isDirectory() ? constants.X_OK : 0)
  await access(path, mode).catch((cause: unknown) => {
    throw new StartRefused(
      `this user (uid ${process.getuid?.()}) may not write ${path}, which belongs to uid ${owner.uid}. ` +
        `As root: chown -R ${process.getuid?.()} ${data}. Or another folder: --data DIR`,
      { cause },
    )
  })
}

async function makeFolder(path: string, option: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o750 })
  } catch (cause) {
    const why = (cause as Error).message
    throw new StartRefused(`the folder ${path} cannot be made: ${why}. Another one: ${option}`, { cause })
  }
}
