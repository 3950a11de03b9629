import { parseImageReference } from '@bootcast/catalogue'
import type { Transaction } from 'kysely'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import { channelsOf } from './sql-channels.ts'

export const defaultImageSetting = 'default-image'

type Connection = Database | Transaction<Tables>

export async function defaultReference(connection: Connection): Promise<string | undefined> {
  const row = await connection
    .selectFrom('settings')
    .where('name', '=', defaultImageSetting)
    .select('value')
    .executeTakeFirst()
  return row?.value
}

/** Who uses what of an image: `testing` or `3` → who; the empty text is the image as such. */
export async function usersOf(
  connection: Connection,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<ReadonlyMap<string, string>> {
  const counted = await Promise.all([
    connection
      .selectFrom('openings')
      .where('image_id', '=', id)
      .where('closed_at', 'is', null)
      .where(({ eb, or }) => or([eb('closes_at', 'is', null), eb('closes_at', '>', Date.now())]))
      .groupBy('follows')
      .select(({ fn }) => ['follows', fn.countAll<number | string>().as('n')])
      .execute(),
    connection
      .selectFrom('machines')
      .where('once_image_id', '=', id)
      .groupBy('once_follows')
      .select(({ fn }) => ['once_follows as follows', fn.countAll<number | string>().as('n')])
      .execute(),
    connection
      .selectFrom('machines')
      .where('image_id', '=', id)
      .groupBy('follows')
      .select(({ fn }) => ['follows', fn.countAll<number | string>().as('n')])
      .execute(),
  ])
  const words = ['opening', 'machine', 'machine']
  const users = new Map(
    counted.flatMap((rows, index) =>
      rows.map(
        ({ follows, n }) =>
          [follows ?? '', Number(n) === 1 ? `one ${words[index]}` : `${n} ${words[index]}s`] as const,
      ),
    ),
  )
  const reference = parseImageReference((await defaultReference(connection)) ?? '')
  if (reference?.image === name)
    users.set(
      reference.channel ?? reference.number?.toString() ?? '',
      'all machines without an image of their own: it is the default',
    )
  return users
}

/** Numbers that must stay, and why: what is followed, where channels point, and where they pointed before. */
export async function usedNumbers(
  connection: Connection,
  image: { readonly id: string; readonly name: string },
): Promise<ReadonlyMap<number, string>> {
  const used = new Map<number, string>()
  const channels = (await channelsOf(connection, [image.name])).get(image.name) ?? []
  for (const { name, previous } of channels)
    if (previous !== undefined) used.set(previous, `the channel ${name}, to roll back to`)
  for (const { name, number } of channels) used.set(number, `the channel ${name}`)
  for (const [follows, who] of await usersOf(connection, image))
    if (/^\d+$/.test(follows)) used.set(Number(follows), who)
  return used
}
