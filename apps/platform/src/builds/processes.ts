import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** In the environment of all that a build starts; its value is the build's id. */
export const markName = 'BOOTCAST_BUILD'

const lookAgainMs = 50
/** Processes that are dead, and that nobody has fetched, cannot be waited for. */
const mostLooks = 60

/**
 * Ends what builds started: their process groups, and who left these but has the environment of the build still (in
 * /proc). Asked to end first where there is time for that; then killed, until none is left.
 */
export async function endProcesses(
  ids: readonly string[],
  { group, graceMs }: { readonly group?: number | undefined; readonly graceMs: number },
): Promise<void> {
  const own = group === undefined ? [] : [group]
  const until = performance.now() + graceMs
  if (graceMs > 0) {
    signalAll(own, await markedProcesses(ids), 'SIGTERM')
    while (performance.now() < until && (await isAnyLeft(own, ids))) await sleep(lookAgainMs)
  }
  for (let looks = 0; looks < mostLooks; looks++) {
    const marked = await markedProcesses(ids)
    signalAll(own, marked, 'SIGKILL')
    if (!(await isAnyLeft(own, ids))) return
    await sleep(lookAgainMs)
  }
}

type Marked = { readonly pid: number; readonly group: number }

function signalAll(groups: readonly number[], marked: readonly Marked[], signal: NodeJS.Signals): void {
  const all = new Set([...groups, ...marked.map(({ group }) => group)])
  for (const group of all) if (group > 1) send(-group, signal)
  for (const { pid } of marked) send(pid, signal)
}

async function isAnyLeft(groups: readonly number[], ids: readonly string[]): Promise<boolean> {
  return groups.some((group) => send(-group, 0)) || (await markedProcesses(ids)).length > 0
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal)
  } catch {
    // It is gone, or it has made itself another user's: either way nothing can be done.
    return false
  }
}

/** Processes with the mark of one of these builds. None where there is no /proc. */
async function markedProcesses(ids: readonly string[]): Promise<readonly Marked[]> {
  const marks = new Set(ids.map((id) => `${markName}=${id}`))
  const found: Marked[] = []
  for (const name of await readdir('/proc').catch(() => []))
    if (/^[0-9]+$/.test(name) && Number(name) !== process.pid && (await isMarked(name, marks)))
      found.push({ pid: Number(name), group: await groupOf(name) })
  return found
}

async function isMarked(pid: string, marks: ReadonlySet<string>): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return environment.split('\0').some((variable) => marks.has(variable))
}

/** proc_pid_stat(5): the third field behind the name, which ends with the last parenthesis. */
async function groupOf(pid: string): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return Number(stat.split(') ').at(-1)?.split(' ')[2] ?? 0)
}
