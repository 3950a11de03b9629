import { ChannelNotFound, ImageNotFound, parseImageReference, ReleaseNotFound } from '@bootcast/catalogue'
import type { Transaction } from 'kysely'
import { lockImage } from './lock-image.ts'
import type { Database } from './open.ts'
import type { Tables } from './tables.ts'

type Connection = Database | Transaction<Tables>

/** The image's id, its row locked, and what is followed of it: `null` is the usual channel. */
export async function lockFollowed(
  transaction: Transaction<Tables>,
  reference: string,
): Promise<{ readonly id: string; readonly follows: string | null }> {
  const { image, channel, number } = parseImageReference(reference) ?? { image: reference }
  const id = await lockImage(transaction, image)
  if (id === undefined) throw new ImageNotFound(image)
  if (channel !== undefined && !(await hasChannel(transaction, id, channel)))
    throw new ChannelNotFound(image, channel)
  if (number !== undefined && !(await hasRelease(transaction, id, number)))
    throw new ReleaseNotFound(image, number)
  return { id, follows: channel ?? number?.toString() ?? null }
}

/** `demo`, `demo@testing` or `demo@3` of what is kept in a row. */
export const followedReference = (image: string, follows: string | null): string =>
  follows === null ? image : `${image}@${follows}`

export async function hasRelease(connection: Connection, id: string, number: number): Promise<boolean> {
  const row = connection.selectFrom('releases').where('image_id', '=', id).where('number', '=', number)
  return (await row.select('id').executeTakeFirst()) !== undefined
}

/** Moves that were not undone and whose releases are there, the last of each channel first. */
export function standingMoves(connection: Connection) {
  return connection
    .selectFrom('channel_moves as moves')
    .innerJoin('releases', (join) =>
      join.onRef('releases.image_id', '=', 'moves.image_id').onRef('releases.number', '=', 'moves.number'),
    )
    .where('moves.undone_at', 'is', null)
    .select(['moves.image_id', 'moves.channel', 'moves.step', 'moves.number'])
    .select(['moves.moved_at', 'moves.moved_by'])
    .orderBy('moves.image_id')
    .orderBy('moves.channel')
    .orderBy('moves.step', 'desc')
}

export async function hasChannel(connection: Connection, id: string, channel: string): Promise<boolean> {
  const moves = standingMoves(connection)
    .where('moves.image_id', '=', id)
    .where('moves.channel', '=', channel)
  return (await moves.limit(1).executeTakeFirst()) !== undefined
}
