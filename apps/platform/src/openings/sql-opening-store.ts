import type { OpeningCriteria } from '@bootcast/boot'
import { type Selectable, type SqlBool, sql } from 'kysely'
import { followedReference, lockFollowed } from '../database/lock-followed.ts'
import { type Database, newShortId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import {
  type KeptOpening,
  type NewOpening,
  OpeningNotFound,
  type OpeningQuery,
  type OpeningStore,
} from './opening-store.ts'

export class SqlOpeningStore implements OpeningStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async add(opening: NewOpening): Promise<KeptOpening> {
    const { reference, criteria, boots, opensAt, closesAt, times, createdAt, createdBy } = opening
    const id = newShortId(createdAt)
    await this.#database.transaction().execute(async (transaction) => {
      const { id: image_id, follows } = await lockFollowed(transaction, reference)
      const row = {
        id,
        image_id,
        follows,
        criteria: JSON.stringify(criteria),
        boots: boots ? 1 : 0,
        opens_at: opensAt,
        closes_at: closesAt ?? null,
        times: times ?? null,
        used: 0,
        created_at: createdAt,
        created_by: createdBy,
      }
      await transaction.insertInto('openings').values(row).execute()
    })
    return { ...opening, id, used: 0, closedAt: undefined, closedBy: undefined }
  }

  async list({ limit, before, image, state }: OpeningQuery) {
    const isCurrent = sql<SqlBool>`(openings.closed_at is null
      and (openings.closes_at is null or openings.closes_at > ${state?.at ?? 0})
      and (openings.times is null or openings.used < openings.times))`
    const rows = await this.#rows()
      .$if(before !== undefined, (query) => query.where('openings.id', '<', before ?? ''))
      .$if(image !== undefined, (query) => query.where('images.name', '=', image ?? ''))
      .$if(state !== undefined, (query) =>
        query.where(state?.is === 'current' ? isCurrent : sql<SqlBool>`not ${isCurrent}`),
      )
      .orderBy('openings.id', 'desc')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(openingOf)
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  async find(id: string): Promise<KeptOpening> {
    const row = await this.#rows().where('openings.id', '=', id).executeTakeFirst()
    if (row === undefined) throw new OpeningNotFound(id)
    return openingOf(row)
  }

  async current(now: number): Promise<readonly KeptOpening[]> {
    const rows = await this.#rows()
      .where('openings.closed_at', 'is', null)
      .where(({ eb, or }) => or([eb('closes_at', 'is', null), eb('closes_at', '>', now)]))
      .execute()
    return rows.map(openingOf)
  }

  async close(id: string, at: number, by: string): Promise<KeptOpening> {
    await this.#database
      .updateTable('openings')
      .set({ closed_at: at, closed_by: by })
      .where('id', '=', id)
      .where('closed_at', 'is', null)
      .execute()
    return await this.find(id)
  }

  async addUse(id: string): Promise<void> {
    await this.#database
      .updateTable('openings')
      .set(({ eb }) => ({ used: eb('used', '+', 1) }))
      .where('id', '=', id)
      .execute()
  }

  async tidy(now: number, keep: number): Promise<void> {
    await this.#database
      .updateTable('openings')
      .set(({ ref }) => ({ closed_at: ref('closes_at') }))
      .where('closed_at', 'is', null)
      .where('closes_at', '<=', now)
      .execute()
    const [oldest] = await this.#database
      .selectFrom('openings')
      .where('closed_at', 'is not', null)
      .select('id')
      .orderBy('id', 'desc')
      .offset(keep)
      .limit(1)
      .execute()
    if (oldest === undefined) return
    await this.#database
      .deleteFrom('openings')
      .where('closed_at', 'is not', null)
      .where('id', '<=', oldest.id)
      .execute()
  }

  #rows() {
    return this.#database
      .selectFrom('openings')
      .innerJoin('images', 'images.id', 'openings.image_id')
      .selectAll('openings')
      .select('images.name as image')
  }
}

type Row = Selectable<Tables['openings']> & { readonly image: string }

function openingOf(row: Row): KeptOpening {
  return {
    id: row.id,
    reference: followedReference(row.image, row.follows),
    criteria: JSON.parse(row.criteria) as OpeningCriteria,
    boots: row.boots === 1,
    opensAt: row.opens_at,
    closesAt: row.closes_at ?? undefined,
    times: row.times ?? undefined,
    used: row.used,
    createdAt: row.created_at,
    createdBy: row.created_by,
    closedAt: row.closed_at ?? undefined,
    closedBy: row.closed_by ?? undefined,
  }
}
