import { contains } from '../database/contains.ts'
import { type Database, newId } from '../database/open.ts'
import type { AuditEntry, AuditLimits, AuditQuery, AuditStore, DatedNote } from './audit-store.ts'

/** Rows in one INSERT: 8 values each, below SQLite's 32,766 and PostgreSQL's 65,535 parameters. */
const rowsAtOnce = 1_000
/** Ids of one millisecond: the 12 bits that RFC 9562 §6.2, method 1, gives to a counter. */
const idsInMs = 4_096

export class SqlAuditStore implements AuditStore {
  readonly #database: Database
  #last = { ms: 0, count: 0 }

  constructor(database: Database) {
    this.#database = database
  }

  async add(notes: readonly DatedNote[]): Promise<void> {
    const rows = notes.map(({ at, who, action, about, from = '', because = '', refused = false }) => ({
      ...{ id: this.#nextId(), at, who, action, about, address: from, because, refused: Number(refused) },
    }))
    await this.#database.transaction().execute(async (transaction) => {
      for (let at = 0; at < rows.length; at += rowsAtOnce)
        await transaction
          .insertInto('audit')
          .values(rows.slice(at, at + rowsAtOnce))
          .execute()
    })
  }

  async list({ limit, after, since, until, who, action, about, refused }: AuditQuery) {
    const rows = await this.#database
      .selectFrom('audit')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
      .$if(since !== undefined, (query) => query.where('at', '>=', since ?? 0))
      .$if(until !== undefined, (query) => query.where('at', '<', until ?? 0))
      .$if(who !== undefined, (query) => query.where('who', '=', who ?? ''))
      .$if(action !== undefined, (query) => query.where('action', '=', action ?? ''))
      .$if(about !== undefined, (query) => query.where(contains('about', about ?? '')))
      .$if(refused !== undefined, (query) => query.where('refused', '=', Number(refused)))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(
      ({ id, at, who, action, about, address: from, because, refused }): AuditEntry => ({
        ...{ id, at, who, action, about },
        ...(from !== '' && { from }),
        ...(because !== '' && { because }),
        ...(refused === 1 && { refused: true }),
      }),
    )
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  async prune({ happened, refused }: AuditLimits): Promise<void> {
    for (const [kind, keep] of [
      [0, happened],
      [1, refused],
    ] as const) {
      const beyond = await this.#database
        .selectFrom('audit')
        .select('id')
        .where('refused', '=', kind)
        .orderBy('id', 'desc')
        .offset(keep)
        .limit(1)
        .executeTakeFirst()
      if (beyond === undefined) continue
      await this.#database
        .deleteFrom('audit')
        .where('refused', '=', kind)
        .where('id', '<=', beyond.id)
        .execute()
    }
  }

  /** Grows also within a millisecond, and when the clock is set back. */
  #nextId(): string {
    const { ms, count } = this.#last
    const now = Math.max(Date.now(), ms)
    this.#last =
      now > ms
        ? { ms: now, count: 0 }
        : count + 1 < idsInMs
          ? { ms, count: count + 1 }
          : { ms: ms + 1, count: 0 }
    const id = newId(this.#last.ms)
    return id.slice(0, 15) + this.#last.count.toString(16).padStart(3, '0') + id.slice(18)
  }
}
