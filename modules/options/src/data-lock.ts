import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartRefused } from './start-refused.ts'

export type DataLock = { release(): void }

const sqliteBusy = 5

/**
 * Takes the data folder for this process. The lock is one of the kernel (SQLite's, on `DIR/lock`): it ends with the
 * process however that ends, so a killed one leaves nothing to clean up. @throws {StartRefused}
 */
export function lockData(dir: string): DataLock {
  const path = join(dir, 'lock')
  let database: DatabaseSync | undefined
  try {
    const opened = new DatabaseSync(path)
    database = opened
    opened.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return { release: () => opened.close() }
  } catch (cause) {
    database?.close()
    if ((cause as { errcode?: number }).errcode !== sqliteBusy)
      throw new StartRefused(
        `${path} cannot be used: ${(cause as Error).message}. When no Bootcast works on ${dir}, remove that file; ` +
          'or give this one another folder: --data DIR',
        { cause },
      )
    const holder = holderOf(path)
    const who = holder === undefined ? 'Another Bootcast' : `Another Bootcast (process ${holder})`
    throw new StartRefused(`${who} works on ${dir}. Stop it, or give this one another folder: --data DIR`, {
      cause,
    })
  }
}

/** The process that holds a lock on the file, as Linux tells (proc_locks(5)). */
function holderOf(path: string): number | undefined {
  try {
    const inode = statSync(path).ino
    const found = new RegExp(`POSIX +\\w+ +\\w+ +(\\d+) +[0-9a-f]+:[0-9a-f]+:${inode} `).exec(
      readFileSync('/proc/locks', 'utf8'),
    )
    return found === null ? undefined : Number(found[1])
  } catch {
    return undefined
  }
}
