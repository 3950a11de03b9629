import {
  type Channel,
  ChannelNotFound,
  NothingBefore,
  ReleaseNotFound,
  usualChannel,
} from '@bootcast/catalogue'
import type { Transaction } from 'kysely'
import { hasRelease, standingMoves } from '../database/lock-followed.ts'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { ChannelMove } from './catalogue-store.ts'

type Connection = Database | Transaction<Tables>

/** Channels with where they point, by image and name. Growth: the moves of these images. */
export async function channelsOf(
  connection: Connection,
  images: readonly string[],
): Promise<ReadonlyMap<string, readonly Channel[]>> {
  if (images.length === 0) return new Map()
  const rows = await standingMoves(connection)
    .innerJoin('images', 'images.id', 'moves.image_id')
    .where('images.name', 'in', images)
    .select('images.name as image')
    .execute()
  const found = new Map<string, Channel[]>(images.map((image) => [image, []]))
  for (const [index, row] of rows.entries()) {
    const after = rows[index - 1]
    const isLater = after?.image === row.image && after.channel === row.channel
    if (!isLater) found.get(row.image)?.push(channelOf(row, before(rows, index)))
  }
  return found
}

type Move = {
  readonly image_id: string
  readonly channel: string
  readonly step: number
  readonly number: number
  readonly moved_at: number
  readonly moved_by: string
}

/** What the channel pointed to before the move at `index`. */
function before(rows: readonly Move[], index: number): Move | undefined {
  const [now, next] = [rows[index], rows[index + 1]]
  return next?.image_id === now?.image_id && next?.channel === now?.channel ? next : undefined
}

function channelOf({ channel, number, moved_at, moved_by }: Move, previous: Move | undefined): Channel {
  return { name: channel, number, movedAt: moved_at, movedBy: moved_by, previous: previous?.number }
}

/** With the image's row locked. Where it points there already, nothing changes. */
export async function move(transaction: Transaction<Tables>, id: string, to: ChannelMove): Promise<Channel> {
  if (!(await hasRelease(transaction, id, to.number))) throw new ReleaseNotFound(to.image, to.number)
  const [now, previous] = await lastMoves(transaction, id, to.channel)
  if (now?.number === to.number) return channelOf(now, previous)
  const last = await transaction
    .selectFrom('channel_moves')
    .where('image_id', '=', id)
    .where('channel', '=', to.channel)
    .select(({ fn }) => fn.max('step').as('step'))
    .executeTakeFirst()
  const row = {
    image_id: id,
    channel: to.channel,
    step: Number(last?.step ?? 0) + 1,
    number: to.number,
    moved_at: to.at,
    moved_by: to.by,
  }
  await transaction
    .insertInto('channel_moves')
    .values({ ...row, undone_at: null })
    .execute()
  return channelOf(row, now)
}

/** With the image's row locked. */
export async function undo(
  transaction: Transaction<Tables>,
  id: string,
  { image, channel, at }: Omit<ChannelMove, 'number'>,
): Promise<Channel> {
  const [now, previous, beforeIt] = await lastMoves(transaction, id, channel)
  if (now === undefined) throw new ChannelNotFound(image, channel)
  if (previous === undefined) throw new NothingBefore(image, channel)
  await transaction
    .updateTable('channel_moves')
    .set({ undone_at: at })
    .where('image_id', '=', id)
    .where('channel', '=', channel)
    .where('step', '=', now.step)
    .execute()
  return channelOf(previous, beforeIt)
}

async function lastMoves(transaction: Transaction<Tables>, id: string, channel: string) {
  return await standingMoves(transaction)
    .where('moves.image_id', '=', id)
    .where('moves.channel', '=', channel)
    .limit(3)
    .execute()
}

/** The number that an image without a name after `@` stands for: its usual channel's, else the newest. */
export function usualNumber(channels: readonly Channel[] | undefined, newest: number | undefined) {
  return channels?.find(({ name }) => name === usualChannel)?.number ?? newest
}

/** The newest number of each of these images. */
export async function newestNumbers(
  connection: Connection,
  images: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (images.length === 0) return new Map()
  const rows = await connection
    .selectFrom('releases')
    .innerJoin('images', 'images.id', 'releases.image_id')
    .where('images.name', 'in', images)
    .groupBy('images.name')
    .select(({ fn }) => ['images.name', fn.max('releases.number').as('number')])
    .execute()
  return new Map(rows.map(({ name, number }) => [name, Number(number)]))
}
