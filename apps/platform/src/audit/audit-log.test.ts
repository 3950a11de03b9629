import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AuditLog, type AuditLogOptions } from './audit-log.ts'
import type { AuditLimits, AuditStore, DatedNote } from './audit-store.ts'

class SlowStore implements AuditStore {
  readonly batches: (readonly DatedNote[])[] = []
  readonly pruned: AuditLimits[] = []
  isAway = false

  async add(notes: readonly DatedNote[]) {
    await sleep(5)
    if (this.isAway) throw new Error('database away')
    this.batches.push(notes)
  }

  async list() {
    return { items: [], next: undefined }
  }

  async prune(keep: AuditLimits) {
    this.pruned.push(keep)
  }

  get told(): readonly string[] {
    return this.batches.flat().map(({ about }) => about)
  }
}

function logOn(store: AuditStore, more: Partial<AuditLogOptions> = {}) {
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  const log = new AuditLog({ store, onError, delayMs: 20, now: () => 7, ...more })
  return { log, errors }
}
const note = (about: string) => ({ who: 'ann', action: 'boot', about })

test('what is awaited is written when the promise is fulfilled, with all that came before it', async () => {
  const store = new SlowStore()
  const { log } = logOn(store)
  log.note(note('1'))
  await log.noteDurably(note('2'))
  assert.deepEqual(store.batches, [
    [
      { ...note('1'), at: 7 },
      { ...note('2'), at: 7 },
    ],
  ])
})

test('a thousand at once take a few writes', async () => {
  const store = new SlowStore()
  const { log } = logOn(store)
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => log.noteDurably(note(String(n)))))
  assert.ok(store.batches.length <= 3, `${store.batches.length}`)
  assert.deepEqual(
    store.told,
    Array.from({ length: 1_000 }, (_, n) => String(n)),
  )
})

test('what nobody waits for is written soon by itself, or when the log stops', async () => {
  const store = new SlowStore()
  const { log } = logOn(store)
  log.note(note('1'))
  assert.deepEqual(store.told, [])
  while (store.told.length === 0) await sleep(5)
  assert.deepEqual(store.told, ['1'])
  log.note(note('2'))
  await log.stop()
  assert.deepEqual(store.told, ['1', '2'])
})

test('a database that is away fails who waits, and takes the others when it is back', async () => {
  const store = new SlowStore()
  const { log, errors } = logOn(store)
  store.isAway = true
  log.note(note('1'))
  await assert.rejects(log.noteDurably(note('2')), /away/)
  assert.equal(errors.length, 1)
  store.isAway = false
  await log.noteDurably(note('3'))
  assert.deepEqual(store.told, ['1', '3'])
})

test('while the database is away memory is bounded, and the log says how much it lost', async () => {
  const store = new SlowStore()
  const { log } = logOn(store, { mostWaiting: 3 })
  store.isAway = true
  for (let n = 0; n < 10; n++) log.note(note(String(n)))
  store.isAway = false
  await log.noteDurably(note('back'))
  assert.deepEqual(store.told, ['0', '1', '2', 'back', '7 entries lost'])
  await log.noteDurably(note('later'))
  assert.equal(store.told.at(-1), 'later')
})

test('texts are cut, and a NUL, which PostgreSQL cannot keep, is left out', async () => {
  const store = new SlowStore()
  const { log } = logOn(store)
  await log.noteDurably({ ...note('a\0b'), who: 'x'.repeat(9_000), because: 'y'.repeat(9_000) })
  const [written] = store.batches.flat()
  assert.deepEqual([written?.about, written?.who.length, written?.because?.length], ['ab', 256, 300])
})

test('the oldest go every so many notes', async () => {
  const store = new SlowStore()
  const limits = { happened: 5, refused: 2 }
  const { log } = logOn(store, { limits, pruneEvery: 10 })
  for (let n = 0; n < 25; n++) await log.noteDurably(note(String(n)))
  assert.deepEqual(store.pruned, [limits, limits])
})
