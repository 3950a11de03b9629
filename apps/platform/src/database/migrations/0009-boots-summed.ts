import { type Kysely, sql } from 'kysely'
import type { Engine } from '../open.ts'

/** What was sent in each boot, and an index that has all that sums of boots need: no row is read for them. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema
    .alterTable('boots')
    .addColumn('bytes', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute()
  const bytes =
    engine === 'sqlite'
      ? sql`coalesce(json_extract(detail, '$.facts.bytes'), 0)`
      : sql`coalesce((detail::json -> 'facts' ->> 'bytes')::bigint, 0)`
  await sql`UPDATE boots SET bytes = ${bytes}`.execute(db)
  await db.schema
    .createIndex('boots_summed')
    .on('boots')
    .columns(['id', 'state', 'site', 'image', 'mac', 'bytes'])
    .execute()
}
