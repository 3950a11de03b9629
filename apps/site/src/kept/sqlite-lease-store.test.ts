import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaseStoreContract } from '@bootcast/netboot/testing/lease-store-contract'
import { openSiteDatabase, type SiteDatabase } from './site-database.ts'
import { SqliteLeaseStore } from './sqlite-lease-store.ts'

leaseStoreContract('SqliteLeaseStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bootcast-site-'))
  const opened: SiteDatabase[] = []
  const open = async () => {
    const database = openSiteDatabase(join(folder, 'site.db'), () => undefined)
    opened.push(database)
    return new SqliteLeaseStore(database)
  }
  return {
    store: await open(),
    reopen: open,
    close: async () => {
      for (const database of opened) database.close()
      rmSync(folder, { recursive: true })
    },
  }
})
