import { access, constants, mkdir, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type BootLog, LoaderShelf } from '@bootcast/boot'
import {
  type Digest,
  DiskStore,
  type LocalFiles,
  type PrunableStore,
  S3NotInstalled,
  S3Store,
} from '@bootcast/content'
import { lockData, StartRefused } from '@bootcast/options'
import type { BootStore } from './boots/boot-store.ts'
import { SqlBootStore } from './boots/sql-boot-store.ts'
import { SqliteBootStore } from './boots/sqlite-boot-store.ts'
import type { Config } from './config.ts'
import { type Database, DatabaseUnusable, openDatabase } from './database/open.ts'

export type Kept = {
  /** The data folder, absolute. */
  readonly data: string
  readonly database: Database
  /** Timelines. */
  readonly boots: BootStore
  readonly blobs: PrunableStore & Partial<LocalFiles>
  /** Where machines get bytes from the store itself. */
  readonly elsewhere: ((blob: Digest) => Promise<string>) | undefined
  readonly shelf: LoaderShelf
}

/**
 * Opens all that outlives the process:
 *
 *     DATA/
 *       lock           held by the process that works here
 *       authority/     the key that certificates and policies of sites are signed with: uplink/FileAuthorityStore
 *       catalogue.db   SQLite, unless PostgreSQL is configured
 *       secrets.key    what values for templates are encrypted with, unless --secrets-key-file names another
 *       timelines.db   the same, of boots: records that may be thrown away
 *       store/         the bytes of files: content/DiskStore; with --storage s3://… they are elsewhere
 *       incoming/      with S3: files on their way there
 *       uploads/       uploads on their way: uploads/upload-store.ts
 *       scratch/       work under way; emptied at the start
 *       builds/        builds under way: builds/workplace.ts; emptied at the start
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
  for (const name of [
    '.',
    'lock',
    'catalogue.db',
    'secrets.key',
    'timelines.db',
    'store',
    'uploads',
    'scratch',
    'builds',
  ])
    await checkOurs(join(data, name), data)
  starting.adopt(lockData(data), (lock) => lock.release())
  const database = starting.adopt(await openCatalogue(config, data), (opened) => opened.destroy())
  const boots = await openTimelines(config, data, database, starting)
  const store = await openStore(config, data)
  const directory = resolve(config.loaders ?? join(projectRoot, 'loaders'))
  await makeFolder(directory, '--loaders DIR')
  const shelf = await LoaderShelf.open({ directory, log, secureBoot: config.secureBoot })
  return { data, database, boots, ...store, shelf }
}

/** How long an address of a file in S3 is good: a slow machine begins its last file so long after the script. */
const presignedSeconds = 60 * 60

async function openStore(config: Config, data: string): Promise<Pick<Kept, 'blobs' | 'elsewhere'>> {
  const { storage } = config
  if (storage === undefined)
    return { blobs: await DiskStore.open({ root: join(data, 'store') }), elsewhere: undefined }
  const scratch = join(data, 'incoming')
  await rm(scratch, { recursive: true, force: true })
  await makeFolder(scratch, '--data DIR')
  try {
    const { s3Endpoint: endpoint, s3Region: region } = config
    const blobs = await S3Store.open({ ...storage, endpoint, region, scratch })
    const elsewhere = (blob: Digest) => blobs.presigned(blob, presignedSeconds)
    return { blobs, elsewhere: config.s3Redirect === 'yes' ? elsewhere : undefined }
  } catch (cause) {
    if (cause instanceof S3NotInstalled) throw new StartRefused(cause.message, { cause })
    const { name, message } = cause as Error
    throw new StartRefused(
      `the bucket ${storage.bucket} cannot be used: ${name}: ${message}. Its keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's role`,
      { cause },
    )
  }
}

async function openCatalogue({ database: url }: Config, data: string): Promise<Database> {
  try {
    if (url !== undefined) return await openDatabase({ kind: 'postgres', url })
    return await openDatabase({ kind: 'sqlite', path: join(data, 'catalogue.db') })
  } catch (error) {
    throw error instanceof DatabaseUnusable ? new StartRefused(error.message, { cause: error }) : error
  }
}

/** On SQLite in a thread and a file of their own, so that no machine waits for them. */
async function openTimelines(
  { database: url }: Config,
  data: string,
  database: Database,
  starting: AsyncDisposableStack,
): Promise<BootStore> {
  if (url !== undefined) return new SqlBootStore(database)
  const path = join(data, 'timelines.db')
  const store = starting.adopt(new SqliteBootStore({ path }), (opened) => opened.stop())
  try {
    await store.unfinished(1)
    return store
  } catch (cause) {
    const why = (cause as Error).message
    throw new StartRefused(`${why}. It has nothing but timelines of boots: move ${path} away to go on`, {
      cause,
    })
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
