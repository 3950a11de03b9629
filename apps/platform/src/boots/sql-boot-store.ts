import { type Selectable, sql, type Transaction } from 'kysely'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import { unhurried } from '../database/unhurried.ts'
import { type Boot, BootNotFound, type BootState, type Line } from './boot.ts'
import { isOnlyDhcp } from './boot-facts.ts'
import { beganAt, firstIdAt } from './boot-id.ts'
import {
  type BootQuery,
  type BootRecord,
  type BootStore,
  type KeepLimits,
  MarkMoved,
  type SiteMark,
} from './boot-store.ts'
import type { SumsQuery } from './boot-sums.ts'
import { sumsOf } from './sql-boot-sums.ts'

/** Rows in one statement: few different texts to prepare, and far below the engines' limits. */
const rowsAtOnce = 100

export class SqlBootStore implements BootStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async save(records: readonly BootRecord[], mark?: SiteMark): Promise<void> {
    // In one order, whoever writes: see sql-machine-store.ts.
    const sorted = [...records].sort((a, b) => (a.boot.id < b.boot.id ? -1 : 1))
    const write = async (transaction: Transaction<Tables>) => {
      if (mark !== undefined) await moveMark(transaction, mark)
      for (const rows of inParts(sorted.map(({ boot }) => rowOf(boot)))) await saveBoots(transaction, rows)
      const lines = sorted.flatMap(({ boot, lines }) => lines.map((line) => lineRow(boot.id, line)))
      for (const rows of inParts(lines)) await saveLines(transaction, rows)
    }
    if (mark === undefined) await unhurried(this.#database, write)
    else await this.#database.transaction().execute(write)
  }

  async markOf(site: string): Promise<number> {
    const row = await this.#database
      .selectFrom('site_marks')
      .select('up_to')
      .where('site', '=', site)
      .executeTakeFirst()
    return row?.up_to ?? 0
  }

  async list({ limit, after, machine, image, state, site, since }: BootQuery) {
    const rows = await this.#database
      .selectFrom('boots')
      .selectAll()
      .$if(after !== undefined, (query) => query.where('id', '<', after ?? ''))
      .$if(machine !== undefined, (query) => query.where('mac', '=', machine ?? ''))
      .$if(image !== undefined, (query) => query.where('image', '=', image ?? ''))
      .$if(state !== undefined, (query) => query.where('state', '=', state ?? ''))
      .$if(site !== undefined, (query) => query.where('site', '=', site ?? ''))
      .$if(since !== undefined, (query) => query.where('id', '>=', firstIdAt(since ?? 0)))
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(bootOf)
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  sums(query: SumsQuery) {
    return sumsOf(this.#database, query)
  }

  async find(id: string): Promise<BootRecord> {
    const row = await this.#database.selectFrom('boots').selectAll().where('id', '=', id).executeTakeFirst()
    if (row === undefined) throw new BootNotFound(id)
    const lines = await this.#database
      .selectFrom('boot_events')
      .select('line')
      .where('boot_id', '=', id)
      .orderBy('n')
      .execute()
    return { boot: bootOf(row), lines: lines.map(({ line }) => JSON.parse(line) as Line) }
  }

  async unfinished(most: number, site?: string): Promise<readonly Boot[]> {
    const rows = await this.#database
      .selectFrom('boots')
      .selectAll()
      .where('closed_at', 'is', null)
      .where('site', site === undefined ? 'is' : '=', site ?? null)
      .orderBy('id', 'desc')
      .limit(most)
      .execute()
    return rows.map(bootOf)
  }

  async prune({ boots, onlyDhcp, before }: KeepLimits, most: number): Promise<number> {
    const quotas = [
      [0, boots],
      [1, onlyDhcp],
    ] as const
    let forgotten = 0
    for (const [only, keep] of quotas) {
      const { numDeletedRows } = await this.#database
        .deleteFrom('boots')
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('boots as b')
            .select('b.id')
            .where('b.only_dhcp', '=', only)
            .orderBy('b.id', 'desc')
            .limit(sql.lit(most))
            .offset(keep),
        )
        .executeTakeFirst()
      forgotten += Number(numDeletedRows)
    }
    const { numDeletedRows } = await this.#database
      .deleteFrom('boots')
      .where('id', 'in', ({ selectFrom }) =>
        selectFrom('boots as b').select('b.id').where('b.id', '<', firstIdAt(before)).limit(sql.lit(most)),
      )
      .executeTakeFirst()
    return forgotten + Number(numDeletedRows)
  }
}

function* inParts<Item>(items: readonly Item[]): Iterable<readonly Item[]> {
  for (let at = 0; at < items.length; at += rowsAtOnce) yield items.slice(at, at + rowsAtOnce)
}

/** Only from where it is: of two that take the same events, one keeps nothing. */
async function moveMark(transaction: Transaction<Tables>, mark: SiteMark): Promise<void> {
  const { site, from, upTo } = mark
  const begun = transaction
    .insertInto('site_marks')
    .values({ site, up_to: upTo })
    .onConflict((conflict) => conflict.column('site').doNothing())
  const moved = transaction
    .updateTable('site_marks')
    .set({ up_to: upTo })
    .where('site', '=', site)
    .where('up_to', '=', from)
  const rows =
    from === 0
      ? (await begun.executeTakeFirstOrThrow()).numInsertedOrUpdatedRows
      : (await moved.executeTakeFirstOrThrow()).numUpdatedRows
  if (rows !== 1n) throw new MarkMoved(mark)
}

async function saveBoots(transaction: Transaction<Tables>, rows: readonly ReturnType<typeof rowOf>[]) {
  await transaction
    .insertInto('boots')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet(({ ref }) => ({
        last_at: ref('excluded.last_at'),
        closed_at: ref('excluded.closed_at'),
        state: ref('excluded.state'),
        image: ref('excluded.image'),
        only_dhcp: ref('excluded.only_dhcp'),
        bytes: ref('excluded.bytes'),
        detail: ref('excluded.detail'),
      })),
    )
    .execute()
}

async function saveLines(transaction: Transaction<Tables>, rows: readonly ReturnType<typeof lineRow>[]) {
  await transaction
    .insertInto('boot_events')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['boot_id', 'n']).doUpdateSet(({ ref }) => ({ line: ref('excluded.line') })),
    )
    .execute()
}

const lineRow = (boot_id: string, line: Line) => ({ boot_id, n: line.n, line: JSON.stringify(line) })

type Detail = Pick<Boot, 'facts' | 'cause' | 'lines' | 'dropped' | 'movedAt'>

function rowOf(boot: Boot) {
  const { id, mac, lastAt, movedAt, closedAt, state, facts, cause, lines, dropped } = boot
  const detail: Detail = { movedAt, facts, cause, lines, dropped }
  return {
    id,
    mac,
    last_at: lastAt,
    closed_at: closedAt ?? null,
    state,
    image: facts.decided?.release?.split('@')[0] ?? null,
    site: facts.site ?? null,
    only_dhcp: isOnlyDhcp(facts) ? 1 : 0,
    bytes: facts.bytes,
    detail: JSON.stringify(detail),
  }
}

function bootOf({ id, mac, last_at, closed_at, state, detail }: Selectable<Tables['boots']>): Boot {
  return {
    ...(JSON.parse(detail) as Detail),
    id,
    mac,
    beganAt: beganAt(id),
    lastAt: last_at,
    closedAt: closed_at ?? undefined,
    state: state as BootState,
  }
}
