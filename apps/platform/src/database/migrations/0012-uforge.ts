import type { Kysely } from 'kysely'
import type { Engine } from '../open.ts'

/** What the API of UForge needs beside the catalogue: numbers for what it calls by numbers, and pairs of API keys. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const table = (name: string) =>
    db.schema
      .createTable(name)
      .addColumn('id', engine === 'sqlite' ? 'integer' : 'bigint', (c) =>
        engine === 'sqlite' ? c.primaryKey().autoIncrement() : c.primaryKey().generatedAlwaysAsIdentity(),
      )
  await table('uforge_numbers')
    .addColumn('of', 'text', (c) => c.notNull().unique())
    .execute()
  await table('uforge_api_keys')
    .addColumn('user_id', 'text', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('public_key', 'text', (c) => c.notNull().unique())
    .addColumn('sealed', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('uforge_api_keys_user').on('uforge_api_keys').column('user_id').execute()
}
