import type { Selectable } from 'kysely'
import { type Database, isUniqueViolation } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import { type Build, type BuildPlan, BuildRefused, type BuildState, noBuild } from './build.ts'
import type { BuildEnd, BuildNow, BuildQuery, BuildStore } from './build-store.ts'

/** Without the log, which is long. */
const columns = [
  ...(['id', 'image', 'builder', 'parameters', 'channel', 'state', 'percent', 'note', 'job'] as const),
  ...(['log_length', 'asked_at', 'asked_by', 'began_at', 'ended_at', 'release', 'problem'] as const),
] as const

export class SqlBuildStore implements BuildStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async plan(image: string): Promise<BuildPlan | undefined> {
    const row = await this.#plans().where('image', '=', image).executeTakeFirst()
    return row && planOf(row)
  }

  async plans({ limit, after = '' }: Pick<BuildQuery, 'limit' | 'after'>) {
    const rows = await this.#plans()
      .where('image', '>', after)
      .orderBy('image')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(planOf)
    return { items, next: rows.length > limit ? items.at(-1)?.image : undefined }
  }

  async setPlan({ image, builder, parameters, channel, changedAt, changedBy }: BuildPlan): Promise<void> {
    const row = {
      builder,
      parameters: JSON.stringify(parameters),
      channel: channel ?? null,
      changed_at: changedAt,
      changed_by: changedBy,
    }
    await this.#database
      .insertInto('build_plans')
      .values({ image, ...row })
      .onConflict((conflict) => conflict.column('image').doUpdateSet(row))
      .execute()
  }

  async removePlan(image: string): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('build_plans')
      .where('image', '=', image)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async add(build: Build, owner: string): Promise<void> {
    const { id, image, builder, parameters, channel, askedAt, askedBy } = build
    const fixed = { id, image, builder, owner, asked_at: askedAt, asked_by: askedBy }
    const words = { parameters: JSON.stringify(parameters), channel: channel ?? null }
    try {
      await this.#database
        .insertInto('builds')
        .values({ ...fixed, ...words, ...rowOf({ ...build, log: '' }) })
        .execute()
    } catch (error) {
      if (!isUniqueViolation(error)) throw error
      throw new BuildRefused(
        'build_running',
        `${image} is being built. Wait for it, or end it: bootcast build cancel ${image}`,
      )
    }
  }

  async save(id: string, now: BuildNow): Promise<boolean> {
    return await this.#change(id, rowOf(now))
  }

  async end(id: string, { state, problem, endedAt }: BuildEnd): Promise<boolean> {
    return await this.#change(id, { state, problem: JSON.stringify(problem), ended_at: endedAt })
  }

  async find(id: string): Promise<Build | undefined> {
    const row = await this.#builds().where('id', '=', id).executeTakeFirst()
    return row && buildOf(row)
  }

  async log(id: string): Promise<string> {
    const row = await this.#database
      .selectFrom('builds')
      .select('log')
      .where('id', '=', id)
      .executeTakeFirst()
    return row?.log ?? ''
  }

  async list({ image, limit, after }: BuildQuery) {
    let query = this.#builds()
    if (image !== undefined) query = query.where('image', '=', image)
    if (after !== undefined) {
      const { askedAt } = (await this.find(after)) ?? raise(noBuild(after))
      query = query.where(({ eb, and, or }) =>
        or([eb('asked_at', '<', askedAt), and([eb('asked_at', '=', askedAt), eb('id', '<', after)])]),
      )
    }
    const rows = await query
      .orderBy('asked_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(buildOf)
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  async underWay(owner: string): Promise<readonly Build[]> {
    const rows = await this.#builds().where('owner', '=', owner).where('ended_at', 'is', null).execute()
    return rows.map(buildOf)
  }

  async forgetOld(image: string, keep: number): Promise<void> {
    const old = await this.#database
      .selectFrom('builds')
      .select('id')
      .where('image', '=', image)
      .where('ended_at', 'is not', null)
      .orderBy('asked_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1000)
      .offset(keep)
      .execute()
    const ids = old.map(({ id }) => id)
    if (ids.length > 0) await this.#database.deleteFrom('builds').where('id', 'in', ids).execute()
  }

  #plans() {
    return this.#database.selectFrom('build_plans').selectAll()
  }

  #builds() {
    return this.#database.selectFrom('builds').select(columns)
  }

  async #change(id: string, row: Partial<ReturnType<typeof rowOf>>): Promise<boolean> {
    const { numUpdatedRows } = await this.#database
      .updateTable('builds')
      .set(row)
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .executeTakeFirst()
    return numUpdatedRows > 0n
  }
}

function raise(error: Error): never {
  throw error
}

type Row = Pick<Selectable<Tables['builds']>, (typeof columns)[number]>

const rowOf = (now: BuildNow) => ({
  state: now.state,
  percent: now.percent ?? null,
  note: now.note ?? null,
  job: now.job ?? null,
  began_at: now.beganAt ?? null,
  ended_at: now.endedAt ?? null,
  release: now.release ?? null,
  problem: now.problem === undefined ? null : JSON.stringify(now.problem),
  log: now.log,
  log_length: now.logLength,
})

const buildOf = (row: Row): Build => ({
  id: row.id,
  image: row.image,
  builder: row.builder,
  parameters: JSON.parse(row.parameters),
  channel: row.channel ?? undefined,
  state: row.state as BuildState,
  percent: row.percent ?? undefined,
  note: row.note ?? undefined,
  job: row.job ?? undefined,
  logLength: row.log_length,
  askedAt: row.asked_at,
  askedBy: row.asked_by,
  beganAt: row.began_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  release: row.release ?? undefined,
  problem: row.problem === null ? undefined : JSON.parse(row.problem),
})

const planOf = (row: Selectable<Tables['build_plans']>): BuildPlan => ({
  image: row.image,
  builder: row.builder,
  parameters: JSON.parse(row.parameters),
  channel: row.channel ?? undefined,
  changedAt: row.changed_at,
  changedBy: row.changed_by,
})
