import { type SiteReport, siteReportSchema } from '@bootcast/uplink'
import type { Selectable, Transaction } from 'kysely'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import {
  type Site,
  type SiteImages,
  SiteNotFound,
  SiteRevoked,
  type SiteSettings,
  usualSettings,
  type WarmOrder,
} from './site.ts'

export type SiteRow = Selectable<Tables['sites']>
export type OrderRow = Selectable<Tables['site_warm_orders']>

/** A site of its row; of the orders, it takes its own. */
export function siteOf(row: SiteRow, orders: readonly OrderRow[]): Site {
  const { token_sha256: hash, token_expires_at: expiresAt } = row
  return {
    id: row.id,
    name: row.name,
    images: JSON.parse(row.images) as SiteImages,
    via: row.via ?? undefined,
    createdAt: row.created_at,
    createdBy: row.created_by,
    token: hash === null || expiresAt === null ? undefined : { hash, expiresAt },
    joinedAt: row.joined_at ?? undefined,
    certificateSerial: row.certificate_serial ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    settings: { ...usualSettings, ...(JSON.parse(row.settings) as Partial<SiteSettings>) },
    warm: orders.filter(({ site_id }) => site_id === row.id).map(orderOf),
    lastContactAt: row.last_contact_at ?? undefined,
    report: reportOf(row.report),
  }
}

export const orderOf = (row: OrderRow): WarmOrder => ({
  id: row.id,
  reference: row.reference,
  release: row.release,
  orderedAt: row.ordered_at,
  orderedBy: row.ordered_by,
  isCancelled: row.cancelled === 1,
})

/** One of another version that has another form is none. */
function reportOf(text: string | null): SiteReport | undefined {
  return text === null ? undefined : siteReportSchema.safeParse(JSON.parse(text)).data
}

/** @throws {SiteNotFound | SiteRevoked} */
export async function lockSite(transaction: Transaction<Tables>, id: string): Promise<SiteRow> {
  const row = await lockedRow(transaction, id)
  if (row.revoked_at !== null) throw new SiteRevoked(row.name)
  return row
}

/** Locked until the transaction ends. An update of nothing is the one lock that both engines have. */
export async function lockedRow(transaction: Transaction<Tables>, id: string): Promise<SiteRow> {
  const row = await transaction
    .updateTable('sites')
    .set(({ ref }) => ({ settings: ref('settings') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw new SiteNotFound(id)
  return row
}

/** Of these sites, the oldest first. */
export async function orderRows(connection: Database | Transaction<Tables>, sites: readonly string[]) {
  if (sites.length === 0) return []
  return await connection
    .selectFrom('site_warm_orders')
    .selectAll()
    .where('site_id', 'in', sites)
    .orderBy('ordered_at')
    .orderBy('id')
    .execute()
}
