import { type Kysely, sql } from 'kysely'

/** Sites, what they shall fetch before anybody asks, who signed in through them, and which machines ask there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sites')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('via', 'text', (c) => c.references('sites.id'))
    .addColumn('images', 'text', (c) => c.notNull())
    .addColumn('settings', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('token_sha256', 'text', (c) => c.unique())
    .addColumn('token_expires_at', 'bigint')
    .addColumn('joined_at', 'bigint')
    .addColumn('certificate_serial', 'text')
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_contact_at', 'bigint')
    .addColumn('report', 'text')
    .execute()
  await db.schema
    .createIndex('sites_name')
    .unique()
    .on('sites')
    .column('name')
    .where(sql.ref('revoked_at'), 'is', null)
    .execute()
  await db.schema.createIndex('sites_via').on('sites').column('via').execute()
  await db.schema
    .createTable('site_warm_orders')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('site_id', 'text', (c) => c.notNull().references('sites.id').onDelete('cascade'))
    .addColumn('reference', 'text', (c) => c.notNull())
    .addColumn('release', 'text', (c) => c.notNull())
    .addColumn('ordered_at', 'bigint', (c) => c.notNull())
    .addColumn('ordered_by', 'text', (c) => c.notNull())
    .addColumn('cancelled', 'integer', (c) => c.notNull())
    .execute()
  await db.schema
    .createIndex('site_warm_orders_site')
    .on('site_warm_orders')
    .columns(['site_id', 'id'])
    .execute()
  await db.schema
    .createTable('site_sign_ins')
    .addColumn('site_id', 'text', (c) => c.notNull().references('sites.id').onDelete('cascade'))
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('site_sign_ins_key', ['site_id', 'user_id'])
    .execute()
  await db.schema.createIndex('site_sign_ins_user').on('site_sign_ins').column('user_id').execute()
  await db.schema.alterTable('machines').addColumn('site', 'text').execute()
  // Sites ask for chunk maps, and get those of images that they may have.
  await db.schema.createIndex('release_blobs_chunk_map').on('release_blobs').column('chunk_map').execute()
}
