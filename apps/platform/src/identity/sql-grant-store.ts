import { ImageNotFound } from '@bootcast/catalogue'
import { may, type Role } from '@bootcast/contract'
import type { Transaction } from 'kysely'
import { lockImage } from '../database/lock-image.ts'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { BootRights, GrantStore, Grants, GrantsChange } from './grants.ts'
import type { NamePage } from './identity-store.ts'
import { UserNotFound } from './user.ts'

type Row = { readonly kind: 'user' | 'group' | 'everyone'; readonly subject: string }

const everyone: Row = { kind: 'everyone', subject: '' }

/** Grants in the database of the platform. They go with their image and with their user. */
export class SqlGrantStore implements GrantStore, BootRights {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async grantsOf(image: string): Promise<Grants> {
    const found = await this.#database
      .selectFrom('images')
      .select('id')
      .where('name', '=', image)
      .where('removed_at', 'is', null)
      .executeTakeFirst()
    if (found === undefined) throw new ImageNotFound(image)
    return await read(this.#database, found.id)
  }

  async listGrants({ limit, after = '' }: NamePage) {
    const images = await this.#database
      .selectFrom('images')
      .select(['id', 'name'])
      .where('removed_at', 'is', null)
      .where('name', '>', after)
      .orderBy('name')
      .limit(limit + 1)
      .execute()
    const shown = images.slice(0, limit)
    const rows =
      shown.length === 0
        ? []
        : await rowsOn(
            this.#database,
            shown.map(({ id }) => id),
          )
    const byImage = Map.groupBy(rows, ({ image_id }) => image_id)
    const items = shown.map(({ id, name: image }) => ({ image, ...grantsIn(byImage.get(id) ?? []) }))
    return { items, next: images.length > limit ? shown.at(-1)?.name : undefined }
  }

  async change(image: string, change: GrantsChange): Promise<Grants> {
    return await this.#database.transaction().execute(async (transaction) => {
      const id = await lockImage(transaction, image)
      if (id === undefined) throw new ImageNotFound(image)
      const add = [
        ...(change.everyone === true ? [everyone] : []),
        ...(await rowsOf(transaction, change.allow)),
      ]
      const take = [
        ...(change.everyone === false ? [everyone] : []),
        ...(await rowsOf(transaction, change.disallow)),
      ]
      for (const { kind, subject } of take)
        await transaction
          .deleteFrom('grants')
          .where('image_id', '=', id)
          .where('kind', '=', kind)
          .where('subject', '=', subject)
          .execute()
      if (add.length > 0)
        await transaction
          .insertInto('grants')
          .values(add.map((row) => ({ image_id: id, ...row })))
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      return await read(transaction, id)
    })
  }

  async allowedImages(name: string): Promise<'all' | ReadonlySet<string>> {
    const user = await this.#database
      .selectFrom('users')
      .select(['id', 'role'])
      .where('name', '=', name)
      .where('disabled_at', 'is', null)
      .executeTakeFirst()
    if (user === undefined) return new Set()
    if (may(user.role as Role, 'images.boot')) return 'all'
    const rows = await this.#database
      .selectFrom('grants')
      .innerJoin('images', 'images.id', 'grants.image_id')
      .where('images.removed_at', 'is', null)
      .where(({ eb, or, and, selectFrom }) =>
        or([
          eb('kind', '=', 'everyone'),
          and([eb('kind', '=', 'user'), eb('subject', '=', user.id)]),
          and([
            eb('kind', '=', 'group'),
            eb(
              'subject',
              'in',
              selectFrom('memberships').select('group_name').where('user_id', '=', user.id),
            ),
          ]),
        ]),
      )
      .select('images.name')
      .execute()
    return new Set(rows.map((row) => row.name))
  }
}

const read = async (connection: Database | Transaction<Tables>, imageId: string): Promise<Grants> =>
  grantsIn(await rowsOn(connection, [imageId]))

const rowsOn = (connection: Database | Transaction<Tables>, imageIds: readonly string[]) =>
  connection
    .selectFrom('grants')
    .leftJoin('users', (join) => join.onRef('users.id', '=', 'grants.subject').on('grants.kind', '=', 'user'))
    .where('image_id', 'in', imageIds)
    .select(['grants.image_id', 'grants.kind', 'grants.subject', 'users.name'])
    .execute()

type GrantRow = Awaited<ReturnType<typeof rowsOn>>[number]

function grantsIn(rows: readonly GrantRow[]): Grants {
  const groups = rows.filter(({ kind }) => kind === 'group').map(({ subject }) => subject)
  return {
    everyone: rows.some(({ kind }) => kind === 'everyone'),
    users: rows.flatMap(({ name }) => name ?? []).sort(),
    groups: groups.sort(),
  }
}

/** @throws {UserNotFound} */
async function rowsOf(
  transaction: Transaction<Tables>,
  { users, groups }: Omit<Grants, 'everyone'> = { users: [], groups: [] },
): Promise<readonly Row[]> {
  const found =
    users.length === 0
      ? []
      : await transaction.selectFrom('users').select(['id', 'name']).where('name', 'in', users).execute()
  const ids = new Map(found.map(({ id, name }) => [name, id]))
  const missing = users.find((name) => !ids.has(name))
  if (missing !== undefined) throw new UserNotFound(missing)
  return [
    ...[...new Set(ids.values())].map((subject): Row => ({ kind: 'user', subject })),
    ...[...new Set(groups)].map((subject): Row => ({ kind: 'group', subject })),
  ]
}
