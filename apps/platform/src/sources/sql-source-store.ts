import type { Selectable } from 'kysely'
import { type Database, isUniqueViolation, newShortId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { SecretBox } from '../installs/secret-box.ts'
import {
  mostSources,
  SignInTaken,
  type Source,
  SourceExists,
  type SourceItem,
  type SourceKind,
  SourceNotFound,
  type SourceSettings,
  SourcesFull,
} from './source.ts'
import type { NewSource, SourceStore, SyncEnd } from './source-store.ts'

/** Keys in one DELETE: far below SQLite's 32,766 parameters. */
const keysAtOnce = 1000

export class SqlSourceStore implements SourceStore {
  readonly #database: Database
  readonly #box: SecretBox

  constructor(database: Database, box: SecretBox) {
    this.#database = database
    this.#box = box
  }

  async add({ secret, name, settings, signIn, ...source }: NewSource): Promise<Source> {
    const id = newShortId(source.createdAt)
    const row = {
      ...{ id, name, kind: source.kind, url: source.url, settings: JSON.stringify(settings) },
      sealed: secret === undefined ? null : this.#box.seal(secret, aboutOf(id)),
      sign_in: signIn ? 1 : null,
      created_at: source.createdAt,
      created_by: source.createdBy,
    }
    const known = await this.list()
    if (known.length >= mostSources) throw new SourcesFull()
    try {
      await this.#database.insertInto('sources').values(row).execute()
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      const now = await this.list()
      throw now.some((one) => one.name === name) ? new SourceExists(name) : new SignInTaken()
    }
    return await this.find(name)
  }

  async find(name: string): Promise<Source> {
    const row = await this.#rows().where('name', '=', name).executeTakeFirst()
    if (row === undefined) throw new SourceNotFound(name)
    return sourceOf(row)
  }

  async list(): Promise<readonly Source[]> {
    return (await this.#rows().orderBy('name').execute()).map(sourceOf)
  }

  async secretOf(id: string): Promise<string | undefined> {
    const row = await this.#rows().where('id', '=', id).executeTakeFirst()
    return row?.sealed ? this.#box.open(row.sealed, aboutOf(id)) : undefined
  }

  async remove(name: string): Promise<void> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('sources')
      .where('name', '=', name)
      .executeTakeFirst()
    if (numDeletedRows === 0n) throw new SourceNotFound(name)
  }

  async items(id: string): Promise<readonly SourceItem[]> {
    const rows = await this.#database
      .selectFrom('source_items')
      .selectAll()
      .where('source_id', '=', id)
      .orderBy('key')
      .execute()
    return rows.map(itemOf)
  }

  async putItem(id: string, { key, title, image, number, problem, at }: SourceItem): Promise<void> {
    const row = { title, image: image ?? null, number: number ?? null, problem: problem ?? null, at }
    await this.#database.transaction().execute(async (transaction) => {
      // Locked, so that it cannot be removed meanwhile: an update of nothing is the lock that both engines have.
      const source = transaction.updateTable('sources').set({ problem: (eb) => eb.ref('problem') })
      const { numUpdatedRows } = await source.where('id', '=', id).executeTakeFirst()
      if (numUpdatedRows === 0n) return
      await transaction
        .insertInto('source_items')
        .values({ source_id: id, key, ...row })
        .onConflict((conflict) => conflict.columns(['source_id', 'key']).doUpdateSet(row))
        .execute()
    })
  }

  async keepItems(id: string, keys: ReadonlySet<string>): Promise<void> {
    const gone = (await this.items(id)).map(({ key }) => key).filter((key) => !keys.has(key))
    for (let at = 0; at < gone.length; at += keysAtOnce)
      await this.#database
        .deleteFrom('source_items')
        .where('source_id', '=', id)
        .where('key', 'in', gone.slice(at, at + keysAtOnce))
        .execute()
  }

  async counts() {
    const rows = await this.#database
      .selectFrom('source_items')
      .select(({ fn }) => [
        'source_id',
        fn.count<number>('number').as('releases'),
        fn.countAll<number>().as('all'),
      ])
      .groupBy('source_id')
      .execute()
    return new Map(
      rows.map(({ source_id, releases, all }) => [
        source_id,
        { releases: Number(releases), refused: Number(all) - Number(releases) },
      ]),
    )
  }

  async takeSync(id: string, by: string, { now, until }: { readonly now: number; readonly until: number }) {
    const { numUpdatedRows } = await this.#database
      .updateTable('sources')
      .set({ running_by: by, running_until: until })
      .where('id', '=', id)
      .where(({ eb, or }) =>
        or([eb('running_by', 'is', null), eb('running_by', '=', by), eb('running_until', '<=', now)]),
      )
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }

  async endSync(id: string, by: string, end: SyncEnd | undefined): Promise<void> {
    await this.#database
      .updateTable('sources')
      .set({
        ...{ running_by: null, running_until: null },
        ...(end !== undefined && { synced_at: end.at, problem: end.problem ?? null }),
        ...(end !== undefined && end.problem === undefined && { succeeded_at: end.at }),
      })
      .where('id', '=', id)
      .where('running_by', '=', by)
      .execute()
  }

  async freeSyncs(): Promise<void> {
    await this.#database.updateTable('sources').set({ running_by: null, running_until: null }).execute()
  }

  #rows() {
    return this.#database.selectFrom('sources').selectAll()
  }
}

/** A secret cannot be moved to another source by who may write the database only. */
const aboutOf = (id: string): string => JSON.stringify(['source', id])

function sourceOf(row: Selectable<Tables['sources']>): Source {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind as SourceKind,
    url: row.url,
    settings: JSON.parse(row.settings) as SourceSettings,
    signIn: row.sign_in === 1,
    createdAt: row.created_at,
    createdBy: row.created_by,
    syncedAt: row.synced_at ?? undefined,
    succeededAt: row.succeeded_at ?? undefined,
    problem: row.problem ?? undefined,
  }
}

const itemOf = (row: Selectable<Tables['source_items']>): SourceItem => ({
  key: row.key,
  title: row.title,
  image: row.image ?? undefined,
  number: row.number ?? undefined,
  problem: row.problem ?? undefined,
  at: row.at,
})
