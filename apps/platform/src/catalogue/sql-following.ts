import { type Followers, parseImageReference } from '@bootcast/catalogue'
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

type ImageRow = { readonly id: string; readonly name: string }

/** Who boots what of an image, by what they follow. Three look-ups on indexes. */
export async function followersOf(
  connection: Connection,
  { id, name }: ImageRow,
): Promise<readonly Followers[]> {
  const found = new Map<string, Followers>()
  const note = (follows: string, more: Partial<Followers>) =>
    found.set(follows, {
      ...nobody,
      follows: follows === '' ? undefined : follows,
      ...found.get(follows),
      ...more,
    })
  const openings = await connection
    .selectFrom('openings')
    .where('image_id', '=', id)
    .where('closed_at', 'is', null)
    .where(({ eb, or }) => or([eb('closes_at', 'is', null), eb('closes_at', '>', Date.now())]))
    .groupBy('follows')
    .select(({ fn }) => ['follows', fn.countAll<number | string>().as('n')])
    .execute()
  for (const { follows, n } of openings) note(follows ?? '', { openings: Number(n) })
  const once = await connection
    .selectFrom('machines')
    .where('once_image_id', '=', id)
    .groupBy('once_follows')
    .select(({ fn }) => ['once_follows as follows', fn.countAll<number | string>().as('n')])
    .execute()
  for (const { follows, n } of once) note(follows ?? '', { nextBoots: Number(n) })
  const machines = await connection
    .selectFrom('machines')
    .where('image_id', '=', id)
    .groupBy('follows')
    .select(({ fn }) => ['follows', fn.countAll<number | string>().as('n')])
    .execute()
  for (const { follows, n } of machines) note(follows ?? '', { machines: Number(n) })
  const reference = parseImageReference((await defaultReference(connection)) ?? '')
  if (reference?.image === name)
    note(reference.channel ?? reference.number?.toString() ?? '', { isDefault: true })
  return [...found.values()]
}

const nobody: Followers = { follows: undefined, machines: 0, nextBoots: 0, openings: 0, isDefault: false }

/** Who uses what of an image: `testing` or `3` → who; the empty text is the image as such. */
export async function usersOf(connection: Connection, image: ImageRow): Promise<ReadonlyMap<string, string>> {
  const followers = await followersOf(connection, image)
  return new Map(followers.map((each) => [each.follows ?? '', inWords(each)]))
}

/** The one of them that matters most. */
function inWords({ machines, nextBoots, openings, isDefault }: Followers): string {
  if (isDefault) return 'all machines without an image of their own: it is the default'
  const booting = machines === 0 ? nextBoots : machines
  if (booting > 0) return booting === 1 ? 'one machine' : `${booting} machines`
  return openings === 1 ? 'one opening' : `${openings} openings`
}

/** Numbers that must stay, and why: what is followed, where channels point, and where they pointed before. */
export async function usedNumbers(
  connection: Connection,
  image: ImageRow,
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
