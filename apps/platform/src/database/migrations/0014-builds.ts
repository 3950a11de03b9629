import { type Kysely, sql } from 'kysely'

/** Which builder makes an image, and how its runs went. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('build_plans')
    .addColumn('image', 'text', (c) => c.primaryKey())
    .addColumn('builder', 'text', (c) => c.notNull())
    .addColumn('parameters', 'text', (c) => c.notNull())
    .addColumn('channel', 'text')
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_by', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('builds')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('image', 'text', (c) => c.notNull())
    .addColumn('builder', 'text', (c) => c.notNull())
    .addColumn('parameters', 'text', (c) => c.notNull())
    .addColumn('channel', 'text')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('asked_at', 'bigint', (c) => c.notNull())
    .addColumn('asked_by', 'text', (c) => c.notNull())
    .addColumn('began_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('percent', 'integer')
    .addColumn('note', 'text')
    .addColumn('job', 'text')
    .addColumn('release', 'integer')
    .addColumn('problem', 'text')
    .addColumn('log', 'text', (c) => c.notNull())
    .addColumn('log_length', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('builds_in_order').on('builds').columns(['asked_at', 'id']).execute()
  await db.schema.createIndex('builds_of_image').on('builds').columns(['image', 'asked_at', 'id']).execute()
  // One at a time for each image, also where platforms share the database.
  await sql`CREATE UNIQUE INDEX builds_under_way ON builds (image) WHERE ended_at IS NULL`.execute(db)
}
