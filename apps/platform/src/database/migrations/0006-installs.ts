import type { Kysely } from 'kysely'

/** Templates of images, values for them, and what machines said when they phoned home. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('templates')
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('format', 'text', (c) => c.notNull())
    .addColumn('fetches', 'integer', (c) => c.notNull())
    .addColumn('installs', 'integer', (c) => c.notNull())
    .addColumn('variables', 'text', (c) => c.notNull())
    .addColumn('files', 'text', (c) => c.notNull())
    .addColumn('changed_at', 'bigint', (c) => c.notNull())
    .addColumn('changed_by', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('templates_key', ['image_id', 'name'])
    .execute()
  await db.schema
    .createTable('install_values')
    .addColumn('scope', 'text', (c) => c.notNull())
    .addColumn('of', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('mac', 'text', (c) => c.references('machines.mac').onDelete('cascade'))
    .addColumn('image_id', 'text', (c) => c.references('images.id'))
    .addColumn('sealed', 'text', (c) => c.notNull())
    .addColumn('secret', 'integer', (c) => c.notNull())
    .addColumn('set_at', 'bigint', (c) => c.notNull())
    .addColumn('set_by', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('install_values_key', ['scope', 'of', 'name'])
    .execute()
  await db.schema.createIndex('install_values_mac').on('install_values').column('mac').execute()
  await db.schema
    .createTable('phone_calls')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('mac', 'text', (c) => c.notNull().references('machines.mac').onDelete('cascade'))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('release', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('text', 'text', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('phone_calls_mac').on('phone_calls').columns(['mac', 'id']).execute()
}
