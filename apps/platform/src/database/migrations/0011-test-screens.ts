import { type Kysely, sql } from 'kysely'
import type { Engine } from '../open.ts'

/** Pictures of screens beside the serial lines of boot tests; those of before have none. */
export async function up(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const bytes = engine === 'sqlite' ? sql`blob` : sql`bytea`
  await db.schema.alterTable('release_tests').addColumn('screen', bytes).execute()
}
