import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseStoreContract } from '@bootcast/netboot/testing/lease-store-contract'
import { sql } from 'kysely'
import { SqlBootStore } from '../src/boots/sql-boot-store.ts'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import type { DatabaseSettings } from '../src/database/open.ts'
import { type Database, openDatabase } from '../src/database/open.ts'
import { SqlIdentityStore } from '../src/identity/sql-identity-store.ts'
import { SqlLeaseStore } from '../src/leases/sql-lease-store.ts'
import { SqlMachineStore } from '../src/machines/sql-machine-store.ts'
import { bootStoreContract } from './boot-store-contract.ts'
import { type CatalogueUnderTest, catalogueStoreContract } from './catalogue-store-contract.ts'
import { channelContract } from './channel-contract.ts'
import { identityStoreContract } from './identity-store-contract.ts'
import { machineStoreContract } from './machine-store-contract.ts'

/** Runs every store suite of the platform on one engine; `fresh` gives an empty database each time. */
export function storeContracts(engine: string, fresh: () => Promise<DatabaseSettings>): void {
  const open = async (): Promise<CatalogueUnderTest> => {
    const database = await openDatabase(await fresh())
    return {
      catalogue: new SqlCatalogueStore(database),
      machines: new SqlMachineStore(database),
      tamper: async (text) => {
        await sql.raw(text).execute(database)
      },
      close: () => database.destroy(),
    }
  }
  catalogueStoreContract(`SqlCatalogueStore on ${engine}`, open)
  channelContract(`Channels on ${engine}`, open)
  machineStoreContract(`SqlMachineStore on ${engine}`, open)
  identityStoreContract(`SqlIdentityStore on ${engine}`, async () => {
    const database = await openDatabase(await fresh())
    return { store: new SqlIdentityStore(database), [Symbol.asyncDispose]: () => database.destroy() }
  })
  bootStoreContract(`SqlBootStore on ${engine}`, async () => {
    const settings = await fresh()
    const opened: Database[] = []
    const reopen = async () => {
      const database = await openDatabase(settings)
      opened.push(database)
      return new SqlBootStore(database)
    }
    return {
      store: await reopen(),
      reopen,
      [Symbol.asyncDispose]: async () => {
        for (const database of opened) await database.destroy()
      },
    }
  })
  test(`SqlLeaseStore on ${engine}: all leases of a /16 are forgotten in one call`, async () => {
    const database = await openDatabase(await fresh())
    const store = new SqlLeaseStore(database)
    const addresses = Array.from({ length: 65_536 }, (_, n) => `10.0.${n >> 8}.${n & 255}`)
    const rest = { mac: '52:54:00:00:00:01', state: 'bound', expiresAt: 1 } as const
    await store.save(addresses.map((address) => ({ address, client: `id:${address}`, ...rest })))
    await store.remove(addresses.slice(1))
    assert.deepEqual(
      (await store.load()).map(({ address }) => address),
      ['10.0.0.0'],
    )
    await database.destroy()
  })
  leaseStoreContract(`SqlLeaseStore on ${engine}`, async () => {
    const settings = await fresh()
    const opened: Database[] = []
    const store = async () => {
      const database = await openDatabase(settings)
      opened.push(database)
      return new SqlLeaseStore(database)
    }
    return {
      store: await store(),
      reopen: store,
      close: async () => {
        for (const database of opened) await database.destroy()
      },
    }
  })
}
