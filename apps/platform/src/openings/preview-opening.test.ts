import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OpeningCriteria } from '@bootcast/boot'
import { openDatabase } from '../database/open.ts'
import { SqlMachineStore } from '../machines/sql-machine-store.ts'
import { previewOpening } from './preview-opening.ts'

const hex = (n: number) => n.toString(16).padStart(2, '0')
const mac = (n: number) => `52:54:00:00:${hex(n >> 8)}:${hex(n & 255)}`

/** A store that knows so many machines: every second one an OptiPlex, addresses 10.0.x.y. */
async function known(count: number) {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const store = new SqlMachineStore(database)
  await store.record(
    Array.from({ length: count }, (_, n) => ({
      facts: {
        mac: mac(n),
        address: `10.0.${n >> 8}.${n & 255}`,
        product: n % 2 === 0 ? `OptiPlex ${n}` : 'ThinkCentre',
      },
      at: n,
      boots: false,
    })),
  )
  return { store, close: () => database.destroy() }
}

test('all that an opening means are counted, the first are told', async () => {
  const { store, close } = await known(1200)
  await store.change(mac(1100), { labels: ['lab'] })
  const counts = async (criteria: OpeningCriteria) => {
    const { compared, isWhole, matches, machines } = await previewOpening(store, criteria)
    assert.deepEqual([compared, isWhole], [1200, true])
    return [matches, machines.length]
  }
  assert.deepEqual(await counts({}), [1200, 10])
  assert.deepEqual(await counts({ product: 'OptiPlex*' }), [600, 10])
  assert.deepEqual(await counts({ subnet: '10.0.1.0/24', product: 'ThinkCentre' }), [128, 10])
  assert.deepEqual(await counts({ label: 'lab' }), [1, 1])
  assert.deepEqual(await counts({ mac: mac(3) }), [1, 1])
  assert.deepEqual(await counts({ site: 'grenoble' }), [0, 0])
  assert.equal((await previewOpening(store, { label: 'lab' })).machines[0]?.mac, mac(1100))
  await close()
})

test('a store without an end is looked at only so far, and that is said', async () => {
  let [looks, at] = [0, 0]
  const { store, close } = await known(500)
  const { items } = await store.list({ limit: 500 })
  const endless = {
    list: async () => {
      looks++
      return { items, next: String(at++) }
    },
  }
  const preview = await previewOpening(endless, {})
  assert.deepEqual([preview.compared, preview.isWhole, looks], [50_000, false, 100])
  await close()
})
