import { Boots } from '../src/boots/boots.ts'
import { SqliteBootStore } from '../src/boots/sqlite-boot-store.ts'
import { newId } from '../src/database/open.ts'
import { someEvents } from './site-scenes.ts'

/*
 * Run as a process: takes events of a site into the timelines at the path of the argument, without end, and says the
 * mark after each batch. Each begins with events that were sent before, as after an answer that was lost.
 */
const boots = new Boots({
  store: new SqliteBootStore({ path: process.argv[2] ?? '' }),
  newId,
  onError: (error) => {
    throw error
  },
})
await boots.start()
const take = (first: number, count: number) =>
  boots.take({ site: 's1', siteName: 'grenoble', first, events: someEvents(first, count) })
for (let mark = await take(1, 0); ; ) {
  const again = Math.min(mark, Math.floor(Math.random() * 100))
  mark = await take(mark + 1 - again, again + 1 + Math.floor(Math.random() * 200))
  process.stdout.write(`${mark}\n`)
}
