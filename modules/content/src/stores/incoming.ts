import { randomBytes } from 'node:crypto'
import { opendir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Uploads on their way are files of their own folder, and each name says who writes it:
 *
 *     <boot id>.<pid namespace>.<pid>.<start time>.<random>
 *
 * A process that was killed leaves its files behind. Where the writer can be looked up (same boot, same pid
 * namespace) a file goes as soon as its writer is dead, and stays however long a living one takes. A
 * writer that cannot be looked up (before a reboot, another container, another machine on a shared
 * disk) keeps its file while it writes: it goes after an hour without a write.
 */
const staleAfterMs = 60 * 60 * 1000

type Writer = { readonly home: string; readonly pid: string; readonly started: string }

/** Off Linux there is no /proc, and age alone decides. */
const unknownWriter: Writer = { home: 'unknown.0', pid: '0', started: '0' }

export async function thisWriter(): Promise<Writer> {
  if (process.platform !== 'linux') return unknownWriter
  const [boot, namespace, started] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    readlink('/proc/self/ns/pid'),
    startOf(String(process.pid)),
  ])
  const home = `${boot.trim()}.${namespace.replace(/\D/g, '')}`
  return started === undefined ? unknownWriter : { home, pid: String(process.pid), started }
}

export function incomingName({ home, pid, started }: Writer): string {
  return `${home}.${pid}.${started}.${randomBytes(12).toString('hex')}`
}

/** Removes what dead writers left in `folder`. @returns how many files went */
export async function removeLeftovers(folder: string, self: Writer): Promise<number> {
  let removed = 0
  for await (const entry of await opendir(folder)) {
    const path = join(folder, entry.name)
    if (!(await isLeftover(path, entry.name, self))) continue
    await rm(path, { force: true })
    removed++
  }
  return removed
}

async function isLeftover(path: string, name: string, self: Writer): Promise<boolean> {
  const [boot, namespace, pid, started] = name.split('.')
  const canBeLookedUp = self !== unknownWriter && `${boot}.${namespace}` === self.home
  if (!canBeLookedUp || pid === undefined || started === undefined) return isStale(path)
  return !(await isAlive(pid, started))
}

async function isStale(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined)
  return file?.isFile() === true && Date.now() - file.mtimeMs > staleAfterMs
}

async function isAlive(pid: string, started: string): Promise<boolean> {
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    // EPERM: it lives under another user.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  // A pid is used again; a pid with a start time is not. Unreadable (hidepid): assume that it lives.
  return ((await startOf(pid)) ?? started) === started
}

/**
 * Field 22 of /proc/<pid>/stat (proc_pid_stat(5)); the name in field 2 may hold spaces and brackets. `dead` for a
 * process that was killed and that nobody has waited for yet (state Z or X in field 3).
 */
async function startOf(pid: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields?.[0] === 'Z' || fields?.[0] === 'X' ? 'dead' : fields?.[19]
}
