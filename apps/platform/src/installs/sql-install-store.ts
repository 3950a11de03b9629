import { ImageNotFound, MachineNotFound } from '@bootcast/catalogue'
import type { Selectable } from 'kysely'
import { lockImage } from '../database/lock-image.ts'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import type { InstallStore } from './install-store.ts'
import type { SecretBox } from './secret-box.ts'
import { type Template, TemplateNotFound } from './template.ts'
import type { Scope, SetValue } from './values.ts'

/** Parameters of one IN: far below SQLite's 32,766 and PostgreSQL's 65,535. */
const namesAtOnce = 5000

export class SqlInstallStore implements InstallStore {
  readonly #database: Database
  readonly #box: SecretBox

  constructor(database: Database, box: SecretBox) {
    this.#database = database
    this.#box = box
  }

  async templatesOf(images: readonly string[]): Promise<readonly Template[]> {
    if (images.length === 0) return []
    const rows = await this.#templates()
      .where('images.name', 'in', [...new Set(images)])
      .execute()
    return rows.map(templateOf)
  }

  async listTemplates({ limit, after }: Parameters<InstallStore['listTemplates']>[0]) {
    const [image = '', name = ''] = after?.split('/') ?? []
    const rows = await this.#templates()
      .where(({ eb, and, or }) =>
        or([
          eb('images.name', '>', image),
          and([eb('images.name', '=', image), eb('templates.name', '>', name)]),
        ]),
      )
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(templateOf)
    const last = rows.length > limit ? items.at(-1) : undefined
    return { items, next: last && `${last.image}/${last.name}` }
  }

  /** Of images that are there. */
  #templates() {
    return this.#database
      .selectFrom('templates')
      .innerJoin('images', 'images.id', 'templates.image_id')
      .where('images.removed_at', 'is', null)
      .selectAll('templates')
      .select('images.name as image')
      .orderBy('images.name')
      .orderBy('templates.name')
  }

  async putTemplate(template: Template): Promise<void> {
    const { image, name, format, fetches, installs, variables, files, changedAt, changedBy } = template
    const row = {
      format,
      fetches,
      installs: installs ? 1 : 0,
      variables: JSON.stringify(variables),
      files: JSON.stringify(files),
      changed_at: changedAt,
      changed_by: changedBy,
    }
    const secrets = variables.flatMap((variable) => (variable.secret ? [variable.name] : []))
    await this.#database.transaction().execute(async (transaction) => {
      const image_id = await lockImage(transaction, image)
      if (image_id === undefined) throw new ImageNotFound(image)
      await transaction
        .insertInto('templates')
        .values({ image_id, name, ...row })
        .onConflict((conflict) => conflict.columns(['image_id', 'name']).doUpdateSet(row))
        .execute()
      if (secrets.length > 0)
        await transaction
          .updateTable('install_values')
          .set({ secret: 1 })
          .where('name', 'in', secrets)
          .execute()
    })
  }

  async removeTemplate(image: string, name: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const id = await lockImage(transaction, image)
      if (id === undefined) throw new ImageNotFound(image)
      const { numDeletedRows } = await transaction
        .deleteFrom('templates')
        .where('image_id', '=', id)
        .where('name', '=', name)
        .executeTakeFirst()
      if (numDeletedRows === 0n) throw new TemplateNotFound(image, name)
    })
  }

  async secretNames(): Promise<ReadonlySet<string>> {
    const rows = await this.#database.selectFrom('templates').select('variables').execute()
    const variables = rows.flatMap(({ variables: text }) => JSON.parse(text) as Template['variables'])
    return new Set(variables.flatMap(({ name, secret }) => (secret ? [name] : [])))
  }

  async values({
    machines,
    labels,
    images,
  }: Parameters<InstallStore['values']>[0]): Promise<readonly SetValue[]> {
    const wanted: readonly (readonly [Scope, readonly string[]])[] = [
      ['machine', machines],
      ['label', labels],
      ['image', images],
    ]
    const found: SetValue[] = []
    for (const [scope, names] of wanted)
      for (let at = 0; at < names.length; at += namesAtOnce) {
        const rows = await this.#rows()
          .where('scope', '=', scope)
          .where('of', 'in', names.slice(at, at + namesAtOnce))
          .orderBy('of')
          .orderBy('name')
          .execute()
        found.push(...rows.map((row) => this.#valueOf(row)))
      }
    return found
  }

  async owners() {
    const ofValues = await this.#database
      .selectFrom('install_values')
      .select(['scope', 'of'])
      .distinct()
      .execute()
    const ofTemplates = await this.#database
      .selectFrom('templates')
      .innerJoin('images', 'images.id', 'templates.image_id')
      .where('images.removed_at', 'is', null)
      .select('images.name as of')
      .distinct()
      .execute()
    const owners = [
      ...ofValues.map(({ scope, of }) => ({ scope: scope as Scope, of })),
      ...ofTemplates.map(({ of }) => ({ scope: 'image' as const, of })),
    ]
    return [...new Map(owners.map((owner) => [`${owner.scope} ${owner.of}`, owner])).values()]
  }

  async setValue(value: SetValue & { readonly value: string }): Promise<void> {
    const { scope, of, name } = value
    const row = {
      sealed: this.#box.seal(value.value, aboutOf(value)),
      secret: value.secret ? 1 : 0,
      set_at: value.setAt,
      set_by: value.setBy,
    }
    await this.#database.transaction().execute(async (transaction) => {
      const image_id = scope === 'image' ? await lockImage(transaction, of) : null
      if (image_id === undefined) throw new ImageNotFound(of)
      if (scope === 'machine') {
        const machine = transaction.selectFrom('machines').where('mac', '=', of).select('mac')
        if ((await machine.executeTakeFirst()) === undefined) throw new MachineNotFound(of)
      }
      await transaction
        .insertInto('install_values')
        .values({ scope, of, name, image_id, mac: scope === 'machine' ? of : null, ...row })
        .onConflict((conflict) => conflict.columns(['scope', 'of', 'name']).doUpdateSet(row))
        .execute()
    })
  }

  async removeValue({ scope, of, name }: Pick<SetValue, 'scope' | 'of' | 'name'>): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('install_values')
      .where('scope', '=', scope)
      .where('of', '=', of)
      .where('name', '=', name)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }

  async unreadable(): Promise<number> {
    const rows = await this.#rows().execute()
    return rows.filter((row) => this.#valueOf(row).value === undefined).length
  }

  #rows() {
    return this.#database.selectFrom('install_values').selectAll()
  }

  #valueOf(row: Selectable<Tables['install_values']>): SetValue {
    const { scope, of, name } = row
    return {
      scope: scope as Scope,
      of,
      name,
      value: this.#box.open(row.sealed, aboutOf({ scope, of, name })),
      secret: row.secret === 1,
      setAt: row.set_at,
      setBy: row.set_by,
    }
  }
}

/** A value cannot be moved to another machine or name by who may write the database only. */
const aboutOf = ({
  scope,
  of,
  name,
}: {
  readonly scope: string
  readonly of: string
  readonly name: string
}) => JSON.stringify([scope, of, name])

function templateOf(row: Selectable<Tables['templates']> & { readonly image: string }): Template {
  return {
    image: row.image,
    name: row.name,
    format: row.format as Template['format'],
    fetches: row.fetches,
    installs: row.installs === 1,
    variables: (JSON.parse(row.variables) as Template['variables']).map((one) => ({
      ...one,
      default: one.default,
    })),
    files: JSON.parse(row.files) as Template['files'],
    changedAt: row.changed_at,
    changedBy: row.changed_by,
  }
}
