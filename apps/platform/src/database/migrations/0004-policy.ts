import type { Kysely } from 'kysely'

/** Openings, assignments for one boot, labels, what was installed, and the keys of boots under way. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['once_follows', 'labels', 'installed', 'cpu_level'] as const)
    await db.schema.alterTable('machines').addColumn(column, 'text').execute()
  await db.schema
    .alterTable('machines')
    .addColumn('once_image_id', 'text', (c) => c.references('images.id'))
    .execute()
  await db.schema.createIndex('machines_once').on('machines').column('once_image_id').execute()
  await db.schema
    .createTable('openings')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('follows', 'text')
    .addColumn('criteria', 'text', (c) => c.notNull())
    .addColumn('boots', 'integer', (c) => c.notNull())
    .addColumn('opens_at', 'bigint', (c) => c.notNull())
    .addColumn('closes_at', 'bigint')
    .addColumn('times', 'integer')
    .addColumn('used', 'integer', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('closed_at', 'bigint')
    .addColumn('closed_by', 'text')
    .execute()
  await db.schema.createIndex('openings_image').on('openings').column('image_id').execute()
  await db.schema.createIndex('openings_closed').on('openings').column('closed_at').execute()
  await db.schema
    .createTable('boot_keys')
    .addColumn('secret_sha256', 'text', (c) => c.primaryKey())
    .addColumn('last_used_at', 'bigint', (c) => c.notNull())
    .addColumn('session', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('boot_keys_last_used').on('boot_keys').column('last_used_at').execute()
}
