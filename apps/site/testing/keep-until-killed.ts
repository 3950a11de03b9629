import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventQueue } from '../src/kept/event-queue.ts'
import { EventSender } from '../src/kept/event-sender.ts'
import { openSiteDatabase } from '../src/kept/site-database.ts'
import { SqliteLeaseStore } from '../src/kept/sqlite-lease-store.ts'

/*
 * Run as a process: keeps leases and events in the site.db of the first argument, without end, and says each lease that
 * is durable and each batch that it sends, a line of JSON each. Its events and leases begin with the word of the second
 * argument and are numbered.
 */
const [path = '', word = ''] = process.argv.slice(2)
const say = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`)
const database = openSiteDatabase(path, (_, message) => say({ message }))
const queue = new EventQueue({
  database,
  onDropped: (dropped) => say({ dropped }),
  onError: (error) => say({ error: String(error) }),
})
const leases = new SqliteLeaseStore(database)
new EventSender({
  queue,
  onError: (error) => say({ error: String(error) }),
  delays: { gatherMs: 1 },
  send: async ({ first, events }) => {
    say({ first, texts: events.map(({ event }) => (event as { readonly because: string }).because) })
    await sleep(2)
    // What arrives is counted where it is read; nothing of before is known here.
    return { upTo: events.length === 0 ? 0 : first + events.length - 1 }
  },
}).start()
for (let n = 0; ; n += 1) {
  for (let some = 0; some < 20; some += 1) {
    const because = `${word}-${20 * n + some}`
    queue.append({ kind: 'decided', mac: '52:54:00:00:00:01', decision: 'wait', because }, Date.now())
  }
  const address = `${word}-${n}`
  await leases.save([{ address, client: 'c', mac: 'm', state: 'bound', expiresAt: n }])
  say({ lease: address })
  await sleep(1)
}
