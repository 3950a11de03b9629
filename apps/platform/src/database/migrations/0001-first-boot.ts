import { type Kysely, sql } from 'kysely'
import type { Engine } from '../open.ts'

export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await people(db)
  await catalogue(db)
  await network(db)
  for (const table of ['releases', 'release_files']) await forbidUpdates(db, engine, table)
}

async function people(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('password_phc', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('tokens')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('secret_sha256', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .execute()
}

async function catalogue(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('images')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_number', 'integer', (c) => c.notNull())
    .addColumn('removed_at', 'bigint')
    .execute()
  await db.schema
    .createTable('releases')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('image_id', 'text', (c) => c.notNull().references('images.id'))
    .addColumn('number', 'integer', (c) => c.notNull())
    .addColumn('architecture', 'text', (c) => c.notNull())
    .addColumn('cmdline', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addUniqueConstraint('releases_number', ['image_id', 'number'])
    .execute()
  await db.schema
    .createTable('release_files')
    .addColumn('release_id', 'text', (c) => c.notNull().references('releases.id').onDelete('cascade'))
    .addColumn('position', 'integer', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('digest', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('release_files_key', ['release_id', 'position'])
    .execute()
  await db.schema.createIndex('release_files_digest').on('release_files').column('digest').execute()
}

async function network(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('machines')
    .addColumn('mac', 'text', (c) => c.primaryKey())
    .addColumn('uuid', 'text')
    .addColumn('serial', 'text')
    .addColumn('manufacturer', 'text')
    .addColumn('product', 'text')
    .addColumn('firmware', 'text')
    .addColumn('architecture', 'text')
    .addColumn('address', 'text')
    .addColumn('image_id', 'text', (c) => c.references('images.id'))
    .addColumn('proxy_dialect', 'text')
    .addColumn('loader', 'text')
    .addColumn('first_seen_at', 'bigint')
    .addColumn('last_seen_at', 'bigint')
    .addColumn('last_boot_at', 'bigint')
    .execute()
  await db.schema.createIndex('machines_image').on('machines').column('image_id').execute()
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'text', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('leases')
    .addColumn('address', 'text', (c) => c.primaryKey())
    .addColumn('client', 'text', (c) => c.notNull())
    .addColumn('mac', 'text', (c) => c.notNull())
    .addColumn('hostname', 'text')
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
}

/** A published release never changes: the database refuses, whatever the code above it does. */
export async function forbidUpdates(db: Kysely<unknown>, engine: Engine, table: string): Promise<void> {
  const name = sql.raw(`${table}_never_change`)
  if (engine === 'sqlite') {
    await sql`CREATE TRIGGER ${name} BEFORE UPDATE ON ${sql.table(table)}
      BEGIN SELECT RAISE(ABORT, 'a release never changes'); END`.execute(db)
    return
  }
  await sql`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''a release never changes''; END'`.execute(db)
  await sql`CREATE TRIGGER ${name} BEFORE UPDATE ON ${sql.table(table)}
    FOR EACH ROW EXECUTE FUNCTION ${name}()`.execute(db)
}
