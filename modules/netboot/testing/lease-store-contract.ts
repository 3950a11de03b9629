import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease, LeaseStore } from '../src/dhcp/lease-store.ts'

export type LeaseStoreUnderTest = {
  readonly store: LeaseStore
  /** The same leases through a newly opened store, as after a restart. */
  readonly reopen: () => Promise<LeaseStore>
  readonly close: () => Promise<void>
}

const lease = (address: string, more: Partial<Lease> = {}): Lease => ({
  address,
  client: `hw:1:5254000000${address.split('.')[3]?.padStart(2, '0')}`,
  mac: '52:54:00:00:00:01',
  state: 'bound',
  expiresAt: 1_800_000_000_000,
  ...more,
})

const byAddress = (leases: readonly Lease[]) => [...leases].sort((a, b) => (a.address < b.address ? -1 : 1))

/** What every LeaseStore promises. */
export function leaseStoreContract(name: string, open: () => Promise<LeaseStoreUnderTest>): void {
  const promise = (sentence: string, body: (under: LeaseStoreUnderTest) => Promise<void>) =>
    test(`${name}: ${sentence}`, async () => {
      const under = await open()
      try {
        await body(under)
      } finally {
        await under.close()
      }
    })

  promise('leases survive a restart', async ({ store, reopen }) => {
    const kept = [lease('10.0.0.1', { hostname: 'node-1' }), lease('10.0.0.2', { state: 'declined' })]
    await store.save(kept)
    assert.deepEqual(byAddress(await (await reopen()).load()), kept)
  })

  promise('the last lease of an address is the one that counts', async ({ store, reopen }) => {
    await store.save([lease('10.0.0.1', { hostname: 'old' })])
    await store.save([lease('10.0.0.1', { client: 'id:ff', expiresAt: 1 })])
    assert.deepEqual(await (await reopen()).load(), [lease('10.0.0.1', { client: 'id:ff', expiresAt: 1 })])
  })

  promise('a thousand leases in one call are all kept', async ({ store, reopen }) => {
    const many = Array.from({ length: 1000 }, (_, i) =>
      lease(`10.0.${i >> 8}.${i & 255}`, { client: `id:${i}` }),
    )
    await store.save(many)
    assert.deepEqual(byAddress(await (await reopen()).load()), byAddress(many))
  })

  promise('removed leases are gone, unknown addresses are no error', async ({ store, reopen }) => {
    await store.save([lease('10.0.0.1'), lease('10.0.0.2')])
    await store.remove(['10.0.0.1', '10.9.9.9'])
    assert.deepEqual(await (await reopen()).load(), [lease('10.0.0.2')])
  })

  promise('saving and removing nothing is fine', async ({ store }) => {
    await store.save([])
    await store.remove([])
    assert.deepEqual(await store.load(), [])
  })
}
