import { sql } from 'kysely'
import type { Database } from '../database/open.ts'
import type { BootState } from './boot.ts'
import { beganAt, firstIdAt } from './boot-id.ts'
import { type BootSums, hourMs, type SumsQuery } from './boot-sums.ts'

type SumRow = { readonly state: string; readonly boots: number; readonly bytes: number }

/**
 * Sums of boots. Time grows with the boots that began in the hours asked for, memory with the hours and the sites:
 * both statements read the index `boots_summed` alone, and never a row.
 */
export async function sumsOf(database: Database, query: SumsQuery): Promise<BootSums> {
  const byHour = await sumsByHour(query).execute(database)
  const bySite = await sumsBySite(query).execute(database)
  const oldest = await database.selectFrom('boots').select('id').orderBy('id').limit(1).executeTakeFirst()
  return {
    byHour: byHour.rows.map(({ hour, at_site, ...row }) => ({
      hour,
      isAtSite: at_site === 1,
      ...sumOf(row),
    })),
    bySite: bySite.rows.map(({ site, ...row }) => ({ site: site === '' ? undefined : site, ...sumOf(row) })),
    knownSince: oldest === undefined ? undefined : beganAt(oldest.id),
  }
}

export function sumsByHour({ hours, ...wanted }: SumsQuery) {
  const ranges = hours.map(
    (hour, n) => sql`(cast(${n} as integer), ${firstIdAt(hour)}, ${firstIdAt(hour + hourMs)})`,
  )
  return sql<SumRow & { readonly hour: number; readonly at_site: number }>`
    WITH hours (hour, begins, ends) AS (VALUES ${sql.join(ranges)})
    SELECT hours.hour, ${state} AS state, ${atSite} AS at_site, ${sums}
    FROM hours JOIN boots ON boots.id >= hours.begins AND boots.id < hours.ends
    WHERE ${conditions(wanted)}
    GROUP BY hours.hour, ${state}, ${atSite}
    ORDER BY hours.hour, ${state}, ${atSite}`
}

export function sumsBySite({ hours, ...wanted }: SumsQuery) {
  const [first = 0, last = first] = [hours[0], hours.at(-1)]
  return sql<SumRow & { readonly site: string }>`
    SELECT ${site} AS site, ${state} AS state, ${sums} FROM boots
    WHERE boots.id >= ${firstIdAt(first)} AND boots.id < ${firstIdAt(last + hourMs)} AND ${conditions(wanted)}
    GROUP BY ${site}, ${state}
    ORDER BY ${site}, ${state}`
}

/* In forms that no other index has in its order, or answers: those lack `bytes`, and each row would be read for it. */
const state = sql`coalesce(boots.state, '')`
const site = sql`coalesce(boots.site, '')`
const atSite = sql`CASE WHEN boots.site IS NULL THEN 0 ELSE 1 END`

const sums = sql`count(*) AS boots, cast(sum(boots.bytes) AS bigint) AS bytes`

const sumOf = ({ state, boots, bytes }: SumRow) => ({ state: state as BootState, boots, bytes })

function conditions(wanted: Omit<SumsQuery, 'hours'>) {
  const conditions = [
    ...(wanted.site === undefined ? [] : [sql`${site} = ${wanted.site}`]),
    ...(wanted.image === undefined ? [] : [sql`coalesce(boots.image, '') = ${wanted.image}`]),
    ...(wanted.machine === undefined ? [] : [sql`coalesce(boots.mac, '') = ${wanted.machine}`]),
  ]
  return conditions.length === 0 ? sql`1 = 1` : sql.join(conditions, sql` AND `)
}
