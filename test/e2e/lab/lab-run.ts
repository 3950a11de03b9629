import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * What this run of the suite leaves lying around (namespaces, files) begins with its name: the process id, and when
 * the process started, as ids are given again.
 */
export const runName = `bootcast-lab-${process.pid}-${startOf(process.pid)}`

const pattern = /^bootcast-lab-(\d+)-(\d+)/
const leaving: (() => void)[] = []

/** Whether something with this name was left by a run that is no more. */
export function isLeftover(name: string): boolean {
  const [, pid, start] = pattern.exec(name) ?? []
  return pid !== undefined && startOf(Number(pid)) !== start
}

/** A new directory, which goes with this process. */
export function scratchDirectory(): string {
  const home = join(tmpdir(), runName)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  return mkdtempSync(join(home, 'x'))
}

/** However this process ends, `clean` is called; only after SIGKILL the next run has to tidy up. */
export function beforeLeaving(clean: () => void): void {
  leaving.push(clean)
}

process.on('exit', () => {
  for (const clean of leaving) clean()
  removeScratch(runName)
})
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)
  process.on(signal, () => process.exit(code))

/** Files of runs that were killed before they could tidy up. */
export function removeLeftoverFiles(): void {
  for (const name of readdirSync(tmpdir()).filter(isLeftover)) removeScratch(name)
}

function removeScratch(name: string): void {
  unmountBelow(join(tmpdir(), name))
  rmSync(join(tmpdir(), name), { recursive: true, force: true })
}

/** Small disks of sites. */
function unmountBelow(folder: string): void {
  const mounted = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
  for (const place of mounted.filter((each) => each.startsWith(`${folder}/`)))
    spawnSync('umount', ['--lazy', place])
}

/** When a process started, in clock ticks since the computer did; empty when there is none. */
function startOf(pid: number): string {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? ''
    return afterName.split(' ')[19] ?? ''
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}
