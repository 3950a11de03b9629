import type { Role } from '@bootcast/contract'
import { type SqlBool, sql, type Transaction } from 'kysely'
import { contains } from '../database/contains.ts'
import { type Database, isUniqueViolation, newId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type {
  ExternalUser,
  ExternalUserStore,
  KnownUser,
  NewUser,
  UserChange,
  UserList,
  UserQuery,
  UserStore,
} from './identity-store.ts'
import { inAnyCase } from './in-any-case.ts'
import {
  KeptElsewhere,
  LastAdministrator,
  type User,
  UserExists,
  UserNotFound,
  type UserSource,
} from './user.ts'

type Connection = Database | Transaction<Tables>

/** Users and their groups in the database of the platform. */
export class SqlUserStore implements UserStore, UserList, ExternalUserStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async findUser(name: string): Promise<KnownUser | undefined> {
    const row = await userRows(this.#database).where('name', '=', name).executeTakeFirst()
    if (row === undefined) return undefined
    const [user] = await withGroups(this.#database, [row])
    return user && { ...user, passwordPhc: row.password_phc ?? undefined }
  }

  async sourcesOf(name: string): Promise<readonly UserSource[]> {
    const wanted = inAnyCase(name)
    // SQLite lowers ASCII alone, PostgreSQL what its locale has: names with other letters are compared here.
    const mayBe = sql<SqlBool>`lower(name) = ${wanted} OR octet_length(name) <> length(name)`
    const rows = await this.#database.selectFrom('users').select(['name', 'source']).where(mayBe).execute()
    const own = rows.filter((row) => inAnyCase(row.name) === wanted)
    return [...new Set(own.map(({ source }) => source as UserSource))]
  }

  async addUser({ name, passwordPhc, role, groups, createdAt }: NewUser): Promise<boolean> {
    const own = { id: newId(), name, password_phc: passwordPhc, created_at: createdAt, role }
    try {
      await this.#database.transaction().execute(async (transaction) => {
        const row = { ...own, source: 'local', subject: null, disabled_at: null }
        await transaction.insertInto('users').values(row).execute()
        await setGroups(transaction, own.id, groups)
      })
      return true
    } catch (error) {
      if (isUniqueViolation(error)) return false
      throw error
    }
  }

  async changeUser(name: string, change: UserChange, now: number): Promise<User> {
    return await this.#database.transaction().execute(async (transaction) => {
      const before = await lockedUser(transaction, name)
      if (before.source !== 'local' && (change.role ?? change.groups ?? change.passwordPhc) !== undefined)
        throw new KeptElsewhere(name, before.source)
      const set = columnsOf(change, now)
      if (Object.keys(set).length > 0)
        await transaction.updateTable('users').set(set).where('id', '=', before.id).execute()
      if (change.groups !== undefined) await setGroups(transaction, before.id, change.groups)
      if (change.passwordPhc !== undefined || change.disabled === true)
        for (const table of ['tokens', 'uforge_api_keys'] as const)
          await transaction.deleteFrom(table).where('user_id', '=', before.id).execute()
      await checkAdministrator(transaction, before)
      return await userOfId(transaction, before.id)
    })
  }

  async removeUser(name: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const before = await lockedUser(transaction, name)
      const grants = transaction.deleteFrom('grants').where('kind', '=', 'user')
      await grants.where('subject', '=', before.id).execute()
      await transaction.deleteFrom('users').where('id', '=', before.id).execute()
      await checkAdministrator(transaction, before)
    })
  }

  async listUsers({ limit, after = '', find, group }: UserQuery) {
    const rows = await userRows(this.#database)
      .where('name', '>', after)
      .$if(find !== undefined, (query) => query.where(contains('name', find ?? '')))
      .$if(group !== undefined, (query) =>
        query.where(({ eb, selectFrom }) =>
          eb(
            'id',
            'in',
            selectFrom('memberships')
              .select('user_id')
              .where('group_name', '=', group ?? ''),
          ),
        ),
      )
      .orderBy('name')
      .limit(limit + 1)
      .execute()
    const items = await withGroups(this.#database, rows.slice(0, limit))
    return { items, next: rows.length > limit ? items.at(-1)?.name : undefined }
  }

  async hasAdministrator(): Promise<boolean> {
    return (await administrators(this.#database).limit(1).executeTakeFirst()) !== undefined
  }

  async putExternal(external: ExternalUser, now: number): Promise<User> {
    const put = () =>
      this.#database.transaction().execute(async (transaction) => {
        const id = await externalId(transaction, external, now)
        await setGroups(transaction, id, external.groups)
        return await userOfId(transaction, id)
      })
    const orTaken = (error: unknown): never => {
      throw isUniqueViolation(error) ? new UserExists(external.name) : error
    }
    // The first time it may be the same user who was made at the same moment.
    return await put().catch((error) => (isUniqueViolation(error) ? put().catch(orTaken) : orTaken(error)))
  }
}

const columnsOf = ({ role, passwordPhc, disabled }: UserChange, now: number) => ({
  ...(role !== undefined && { role }),
  ...(passwordPhc !== undefined && { password_phc: passwordPhc }),
  ...(disabled !== undefined && { disabled_at: disabled ? now : null }),
})

function userRows(connection: Connection) {
  return connection
    .selectFrom('users')
    .select(['id', 'name', 'role', 'source', 'disabled_at', 'created_at', 'password_phc'])
}

type UserRow = Awaited<ReturnType<ReturnType<typeof userRows>['executeTakeFirstOrThrow']>>

async function withGroups(connection: Connection, rows: readonly UserRow[]): Promise<readonly User[]> {
  const ids = rows.map(({ id }) => id)
  const members =
    ids.length === 0
      ? []
      : await connection
          .selectFrom('memberships')
          .selectAll()
          .where('user_id', 'in', ids)
          .orderBy('group_name')
          .execute()
  const groups = Map.groupBy(members, ({ user_id }) => user_id)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    role: row.role as Role,
    groups: (groups.get(row.id) ?? []).map(({ group_name }) => group_name),
    source: row.source as UserSource,
    disabled: row.disabled_at !== null,
    createdAt: row.created_at,
  }))
}

async function userOfId(transaction: Transaction<Tables>, id: string): Promise<User> {
  const rows = await userRows(transaction).where('id', '=', id).execute()
  const [user] = await withGroups(transaction, rows)
  if (user === undefined) throw new Error('a user went missing in its own transaction')
  return user
}

async function setGroups(
  transaction: Transaction<Tables>,
  id: string,
  groups: readonly string[],
): Promise<void> {
  await transaction.deleteFrom('memberships').where('user_id', '=', id).execute()
  const rows = [...new Set(groups)].map((group_name) => ({ user_id: id, group_name }))
  if (rows.length > 0) await transaction.insertInto('memberships').values(rows).execute()
}

/**
 * The user, and the rows of all administrators locked: two who take the role from each other at the same moment come
 * one after the other. An update of nothing is the one lock that both engines have.
 */
async function lockedUser(transaction: Transaction<Tables>, name: string) {
  await transaction
    .updateTable('users')
    .set({ role: 'administrator' })
    .where('role', '=', 'administrator')
    .execute()
  const row = await userRows(transaction).where('name', '=', name).executeTakeFirst()
  const [user] = await withGroups(transaction, row === undefined ? [] : [row])
  if (user === undefined) throw new UserNotFound(name)
  return user
}

/** A local one: the directory of the others may be away when they are needed. */
function administrators(connection: Connection) {
  return connection
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'administrator')
    .where('source', '=', 'local')
    .where('disabled_at', 'is', null)
}

/** Whether there is one left, when `before` was one. */
async function checkAdministrator(transaction: Transaction<Tables>, before: User): Promise<void> {
  const { name, role, source, disabled } = before
  if (role !== 'administrator' || source !== 'local' || disabled) return
  if ((await administrators(transaction).limit(1).executeTakeFirst()) === undefined)
    throw new LastAdministrator(name)
}

async function externalId(transaction: Transaction<Tables>, external: ExternalUser, now: number) {
  const { name, role, source, subject } = external
  const known = await transaction
    .updateTable('users')
    .set({ role })
    .where('source', '=', source)
    .where('subject', '=', subject)
    .returning('id')
    .executeTakeFirst()
  if (known !== undefined) return known.id
  const row = { id: newId(), name, password_phc: null, created_at: now, role, source, subject }
  await transaction
    .insertInto('users')
    .values({ ...row, disabled_at: null })
    .execute()
  return row.id
}
