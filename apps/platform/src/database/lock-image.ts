import type { Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/**
 * The id of an image that is there, its row locked until the transaction ends, so that it cannot be removed while
 * somebody begins to use it. An update of nothing is the one lock that both engines have.
 */
export async function lockImage(transaction: Transaction<Tables>, name: string): Promise<string | undefined> {
  const row = await transaction
    .updateTable('images')
    .set({ removed_at: null })
    .where('name', '=', name)
    .where('removed_at', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row?.id
}
