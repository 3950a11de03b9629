import { type MenuSettings, usualMenu } from '@bootcast/catalogue'
import type { Database } from '../database/open.ts'
import type { SettingsStore } from './settings-store.ts'

const names = { menuDefault: 'menu-default', menuSeconds: 'menu-seconds' } as const

export class SqlSettingsStore implements SettingsStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async menu(): Promise<MenuSettings> {
    const rows = await this.#database
      .selectFrom('settings')
      .where('name', 'in', Object.values(names))
      .selectAll()
      .execute()
    const values = new Map(rows.map(({ name, value }) => [name, value]))
    const seconds = values.get(names.menuSeconds)
    return {
      menuDefault: values.get(names.menuDefault) ?? usualMenu.menuDefault,
      menuSeconds: seconds === undefined ? usualMenu.menuSeconds : Number(seconds),
    }
  }

  async changeMenu(change: Parameters<SettingsStore['changeMenu']>[0]): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      for (const key of ['menuDefault', 'menuSeconds'] as const) {
        const value = change[key]
        if (value === undefined) continue
        await transaction
          .insertInto('settings')
          .values({ name: names[key], value: String(value) })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: String(value) }))
          .execute()
      }
    })
  }
}
