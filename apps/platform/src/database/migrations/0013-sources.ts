import type { Kysely } from 'kysely'

/** Where images come from by themselves, and what was seen there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sources')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('url', 'text', (c) => c.notNull())
    .addColumn('settings', 'text', (c) => c.notNull())
    .addColumn('sealed', 'text')
    .addColumn('sign_in', 'integer', (c) => c.unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('synced_at', 'bigint')
    .addColumn('succeeded_at', 'bigint')
    .addColumn('problem', 'text')
    .addColumn('running_by', 'text')
    .addColumn('running_until', 'bigint')
    .execute()
  await db.schema
    .createTable('source_items')
    .addColumn('source_id', 'text', (c) => c.notNull().references('sources.id').onDelete('cascade'))
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('title', 'text', (c) => c.notNull())
    .addColumn('image', 'text')
    .addColumn('number', 'integer')
    .addColumn('problem', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('source_items_key', ['source_id', 'key'])
    .execute()
}
