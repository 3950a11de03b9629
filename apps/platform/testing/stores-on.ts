import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualMenu } from '@bootcast/catalogue'
import { leaseStoreContract } from '@bootcast/netboot/testing/lease-store-contract'
import { sql } from 'kysely'
import { SqlAuditStore } from '../src/audit/sql-audit-store.ts'
import { SqlBootSessionStore } from '../src/boot/sql-boot-session-store.ts'
import { SqlBootStore } from '../src/boots/sql-boot-store.ts'
import { SqlBuildStore } from '../src/builds/sql-build-store.ts'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import type { DatabaseSettings } from '../src/database/open.ts'
import { type Database, openDatabase } from '../src/database/open.ts'
import { SqlGrantStore } from '../src/identity/sql-grant-store.ts'
import { SqlGroupList } from '../src/identity/sql-group-list.ts'
import { SqlTokenStore } from '../src/identity/sql-token-store.ts'
import { SqlUserStore } from '../src/identity/sql-user-store.ts'
import { SecretBox } from '../src/installs/secret-box.ts'
import { SqlInstallStore } from '../src/installs/sql-install-store.ts'
import { SqlPhoneLineStore } from '../src/installs/sql-phone-line-store.ts'
import { SqlLeaseStore } from '../src/leases/sql-lease-store.ts'
import { SqlMachineStore } from '../src/machines/sql-machine-store.ts'
import { SqlOpeningStore } from '../src/openings/sql-opening-store.ts'
import { SqlSettingsStore } from '../src/policy/sql-settings-store.ts'
import { SqlSiteStore } from '../src/sites/sql-site-store.ts'
import { SqlSourceStore } from '../src/sources/sql-source-store.ts'
import { SqlApiKeyStore } from '../src/uforge/sql-api-key-store.ts'
import { SqlUforgeNumbers } from '../src/uforge/sql-uforge-numbers.ts'
import { auditStoreContract } from './audit-store-contract.ts'
import { bootStoreContract } from './boot-store-contract.ts'
import { bootSumsContract } from './boot-sums-contract.ts'
import { buildStoreContract } from './build-store-contract.ts'
import { type CatalogueUnderTest, catalogueStoreContract } from './catalogue-store-contract.ts'
import { channelContract } from './channel-contract.ts'
import { grantStoreContract } from './grant-store-contract.ts'
import { identityStoreContract } from './identity-store-contract.ts'
import { installStoreContract } from './install-store-contract.ts'
import { machineStoreContract } from './machine-store-contract.ts'
import { openingStoreContract } from './opening-store-contract.ts'
import { siteStoreContract } from './site-store-contract.ts'
import { sourceStoreContract } from './source-store-contract.ts'
import { uforgeStoreContract } from './uforge-store-contract.ts'

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
  openingStoreContract(`SqlOpeningStore on ${engine}`, async () => {
    const database = await openDatabase(await fresh())
    return {
      catalogue: new SqlCatalogueStore(database),
      machines: new SqlMachineStore(database),
      openings: new SqlOpeningStore(database),
      tamper: async (text) => void (await sql.raw(text).execute(database)),
      close: () => database.destroy(),
    }
  })
  installStoreContract(`SqlInstallStore on ${engine}`, async () => {
    const database = await openDatabase(await fresh())
    const withKey = (byte: number) => new SqlInstallStore(database, new SecretBox(Buffer.alloc(32, byte)))
    return {
      store: withKey(1),
      withOtherKey: withKey(2),
      lines: new SqlPhoneLineStore(database),
      catalogue: new SqlCatalogueStore(database),
      machines: new SqlMachineStore(database),
      raw: async () => JSON.stringify(await database.selectFrom('install_values').selectAll().execute()),
      close: () => database.destroy(),
    }
  })
  test(`SqlBootSessionStore on ${engine}: boots under way are kept, and the old ones forgotten`, async () => {
    const database = await openDatabase(await fresh())
    const store = new SqlBootSessionStore(database)
    const session = (secret: string, lastUsedAt: number) => ({
      ...{ secret, id: secret, openedAt: 1, address: '10.0.0.1', lastUsedAt },
      ...{ machine: { mac: '52:54:00:00:00:01' }, user: undefined, pass: undefined },
    })
    await store.save(Array.from({ length: 1200 }, (_, n) => session(`s${n}`, n)))
    await store.save([{ ...session('s1', 2_000), user: 'alice' }])
    await store.forget(1_000)
    const left = await store.load()
    assert.equal(left.length, 201)
    assert.deepEqual(
      left.find(({ secret }) => secret === 's1'),
      { ...session('s1', 2_000), user: 'alice' },
    )
    await database.destroy()
  })
  test(`SqlSettingsStore on ${engine}: what the menu takes is kept, each by itself`, async () => {
    const database = await openDatabase(await fresh())
    const store = new SqlSettingsStore(database)
    assert.deepEqual(await store.menu(), usualMenu)
    await store.changeMenu({ menuSeconds: 0 })
    await store.changeMenu({ menuDefault: 'demo@stable' })
    assert.deepEqual(await store.menu(), { menuDefault: 'demo@stable', menuSeconds: 0 })
    await database.destroy()
  })
  machineStoreContract(`SqlMachineStore on ${engine}`, open)
  const opened = async <T>(stores: (database: Database) => T) => {
    const database = await openDatabase(await fresh())
    return { ...stores(database), [Symbol.asyncDispose]: () => database.destroy() }
  }
  identityStoreContract(`Identity stores on ${engine}`, () =>
    opened((database) => ({ users: new SqlUserStore(database), tokens: new SqlTokenStore(database) })),
  )
  grantStoreContract(`SqlGrantStore on ${engine}`, () =>
    opened((database) => ({
      grants: new SqlGrantStore(database),
      groups: new SqlGroupList(database),
      users: new SqlUserStore(database),
      catalogue: new SqlCatalogueStore(database),
    })),
  )
  buildStoreContract(`SqlBuildStore on ${engine}`, () =>
    opened((database) => ({ store: new SqlBuildStore(database) })),
  )
  auditStoreContract(`SqlAuditStore on ${engine}`, () =>
    opened((database) => ({ store: new SqlAuditStore(database) })),
  )
  uforgeStoreContract(`UForge stores on ${engine}`, () =>
    opened((database) => ({
      numbers: new SqlUforgeNumbers(database),
      keys: new SqlApiKeyStore(database, new SecretBox(Buffer.alloc(32, 1))),
      withOtherKey: new SqlApiKeyStore(database, new SecretBox(Buffer.alloc(32, 2))),
      users: new SqlUserStore(database),
      raw: async () => JSON.stringify(await database.selectFrom('uforge_api_keys').selectAll().execute()),
    })),
  )
  siteStoreContract(`SqlSiteStore on ${engine}`, async () => {
    const settings = await fresh()
    const opened: Database[] = []
    const reopen = async () => {
      const database = await openDatabase(settings)
      opened.push(database)
      return database
    }
    const database = await reopen()
    return {
      store: new SqlSiteStore(database),
      users: new SqlUserStore(database),
      reopen: async () => new SqlSiteStore(await reopen()),
      [Symbol.asyncDispose]: async () => {
        for (const one of opened) await one.destroy()
      },
    }
  })
  sourceStoreContract(`SqlSourceStore on ${engine}`, async () => {
    const database = await openDatabase(await fresh())
    const withKey = (byte: number) => new SqlSourceStore(database, new SecretBox(Buffer.alloc(32, byte)))
    return {
      store: withKey(1),
      withOtherKey: withKey(2),
      raw: async () => JSON.stringify(await database.selectFrom('sources').selectAll().execute()),
      [Symbol.asyncDispose]: () => database.destroy(),
    }
  })
  const bootStore = async () => {
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
  }
  bootStoreContract(`SqlBootStore on ${engine}`, bootStore)
  bootSumsContract(`SqlBootStore on ${engine}`, bootStore)
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
