import type { Database } from '../database/open.ts'
import { keyOf, type Numbered, type UforgeNumbers } from './uforge-numbers.ts'

/** Parameters of one statement: far below SQLite's 32,766 and PostgreSQL's 65,535. */
const atOnce = 5000

export class SqlUforgeNumbers implements UforgeNumbers {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async numbersOf(all: readonly Numbered[]): Promise<ReadonlyMap<string, number>> {
    const keys = [...new Set(all.map(keyOf))]
    const found = new Map<string, number>()
    for (let at = 0; at < keys.length; at += atOnce) {
      const part = keys.slice(at, at + atOnce)
      for (const [key, number] of await this.#known(part)) found.set(key, number)
      const missing = part.filter((key) => !found.has(key))
      if (missing.length === 0) continue
      // Somebody else may be quicker: then theirs are taken.
      await this.#database
        .insertInto('uforge_numbers')
        .values(missing.map((of) => ({ of })))
        .onConflict((conflict) => conflict.column('of').doNothing())
        .execute()
      for (const [key, number] of await this.#known(missing)) found.set(key, number)
    }
    return found
  }

  async find(number: number): Promise<Numbered | undefined> {
    const row = await this.#database
      .selectFrom('uforge_numbers')
      .where('id', '=', number)
      .select('of')
      .executeTakeFirst()
    const [, kind, name] = /^(\w+) (.*)$/s.exec(row?.of ?? '') ?? []
    return kind === undefined || name === undefined ? undefined : { kind: kind as Numbered['kind'], name }
  }

  async #known(keys: readonly string[]): Promise<readonly (readonly [string, number])[]> {
    const rows = await this.#database
      .selectFrom('uforge_numbers')
      .where('of', 'in', keys)
      .select(['id', 'of'])
      .execute()
    return rows.map(({ id, of }) => [of, id])
  }
}
