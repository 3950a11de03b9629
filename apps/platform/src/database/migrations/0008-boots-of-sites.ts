import type { Kysely } from 'kysely'

/** Boots of machines at sites, and how far the events of each site are in the timelines. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('boots').addColumn('site', 'text').execute()
  await db.schema.createIndex('boots_site').on('boots').columns(['site', 'id']).execute()
  await db.schema
    .createTable('site_marks')
    .addColumn('site', 'text', (c) => c.primaryKey())
    .addColumn('up_to', 'bigint', (c) => c.notNull())
    .execute()
}
