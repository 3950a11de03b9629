import { join } from 'node:path'
import { openDatabase } from '../apps/platform/src/database/open.ts'
import { SqlLeaseStore } from '../apps/platform/src/leases/sql-lease-store.ts'
import type { LeaseStore } from '../modules/netboot/src/dhcp/lease-store.ts'

/** The platform's own, on SQLite. */
export async function openLeaseStore(folder: string): Promise<LeaseStore> {
  return new SqlLeaseStore(await openDatabase({ kind: 'sqlite', path: join(folder, 'catalogue.db') }))
}
