import type { Kysely } from 'kysely'

/** Timelines of boots. Records of what happened: bounded, pruned, and no promise depends on them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('boots')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('mac', 'text', (c) => c.notNull())
    .addColumn('last_at', 'bigint', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('image', 'text')
    .addColumn('only_dhcp', 'integer', (c) => c.notNull())
    .addColumn('detail', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('boot_events')
    .addColumn('boot_id', 'text', (c) => c.notNull().references('boots.id').onDelete('cascade'))
    .addColumn('n', 'integer', (c) => c.notNull())
    .addColumn('line', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('boot_events_key', ['boot_id', 'n'])
    .execute()
  for (const column of ['mac', 'image', 'state', 'only_dhcp'])
    await db.schema.createIndex(`boots_${column}`).on('boots').columns([column, 'id']).execute()
}
