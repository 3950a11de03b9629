import type { Kysely } from 'kysely'

/**
 * By which trusted key the bundle was signed that a release was made of. NULL: no signature was verified; of releases
 * before this nobody knows any more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of ['signer_key', 'signer_name'])
    await db.schema.alterTable('releases').addColumn(column, 'text').execute()
}
