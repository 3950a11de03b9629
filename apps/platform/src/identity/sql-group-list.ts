import type { Database } from '../database/open.ts'
import type { Group, GroupList, NamePage } from './identity-store.ts'

/** Groups as memberships and grants name them. A page costs three statements on indexes. */
export class SqlGroupList implements GroupList {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async listGroups({ limit, after = '' }: NamePage) {
    const found = await this.#names(limit + 1, after)
    const names = found.slice(0, limit)
    if (names.length === 0) return { items: [], next: undefined }
    const members = await this.#members(names)
    const images = await this.#images(names)
    const items = names.map(
      (name): Group => ({ name, members: members.get(name) ?? 0, images: images.get(name) ?? [] }),
    )
    return { items, next: found.length > limit ? names.at(-1) : undefined }
  }

  async #names(limit: number, after: string): Promise<readonly string[]> {
    const members = this.#database
      .selectFrom('memberships')
      .select('group_name as name')
      .where('group_name', '>', after)
    const granted = this.#database
      .selectFrom('grants')
      .innerJoin('images', 'images.id', 'grants.image_id')
      .select('grants.subject as name')
      .where('grants.kind', '=', 'group')
      .where('grants.subject', '>', after)
      .where('images.removed_at', 'is', null)
    const rows = await members.union(granted).orderBy('name').limit(limit).execute()
    return rows.map(({ name }) => name)
  }

  async #members(names: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database
      .selectFrom('memberships')
      .select(({ fn }) => ['group_name', fn.countAll().as('members')])
      .where('group_name', 'in', names)
      .groupBy('group_name')
      .execute()
    return new Map(rows.map(({ group_name, members }) => [group_name, Number(members)]))
  }

  async #images(names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const rows = await this.#database
      .selectFrom('grants')
      .innerJoin('images', 'images.id', 'grants.image_id')
      .select(['grants.subject', 'images.name'])
      .where('grants.kind', '=', 'group')
      .where('grants.subject', 'in', names)
      .where('images.removed_at', 'is', null)
      .orderBy('images.name')
      .execute()
    const grouped = Map.groupBy(rows, ({ subject }) => subject)
    return new Map([...grouped].map(([group, found]) => [group, found.map(({ name }) => name)]))
  }
}
