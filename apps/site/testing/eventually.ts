import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until something is so; for ten seconds, however busy the computer is. */
export async function eventually(isSo: () => unknown, what = 'it did not come about'): Promise<void> {
  const until = Date.now() + 10_000
  while (!(await isSo())) {
    if (Date.now() > until) throw new Error(what)
    await sleep(5)
  }
}
