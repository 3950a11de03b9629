import { StatementSync } from 'node:sqlite'
import { Boots } from '../src/boots/boots.ts'
import { SqlBootStore } from '../src/boots/sql-boot-store.ts'
import { SqliteBootStore } from '../src/boots/sqlite-boot-store.ts'
import { newId, openDatabase } from '../src/database/open.ts'
import { someEvents } from './site-scenes.ts'

/*
 * Run as a process: takes events of a site into the timelines at the path of the first argument, without end, and says
 * the mark after each batch. Each begins with events that were sent before, as after an answer that was lost. With a
 * second argument N it is killed before the Nth statement after the second batch.
 */
const [path = '', killAt] = process.argv.slice(2)
const boots = new Boots({
  store:
    killAt === undefined
      ? new SqliteBootStore({ path })
      : new SqlBootStore(await openDatabase({ kind: 'sqlite', path })),
  newId,
  onError: (error) => {
    throw error
  },
})
await boots.start()
const take = (first: number, count: number) =>
  boots.take({ site: 's1', siteName: 'grenoble', first, events: someEvents(first, count) })

function killBefore(left: number): void {
  const { run } = StatementSync.prototype
  StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
    return run.apply(this, values)
  } as typeof run
}

let mark = await take(1, 0)
for (let batch = 1; ; batch += 1) {
  if (batch === 3 && killAt !== undefined) killBefore(Number(killAt))
  const again = Math.min(mark, Math.floor(Math.random() * 100))
  mark = await take(mark + 1 - again, again + 1 + Math.floor(Math.random() * 90))
  process.stdout.write(`${mark}\n`)
}
