import type { Transaction, Updateable } from 'kysely'
import { type Database, isUniqueViolation, newShortId } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import { unhurried } from '../database/unhurried.ts'
import {
  changedSettings,
  type Site,
  type SiteChange,
  SiteExists,
  SiteInUse,
  SiteNotFound,
  type SiteToken,
  usualSettings,
  type WarmOrder,
  WarmOrderNotFound,
} from './site.ts'
import type { NewSite, SiteContact, SiteSignIn, SiteStore } from './site-store.ts'
import { lockedRow, lockSite, orderOf, orderRows, type SiteRow, siteOf } from './sql-site-rows.ts'

/** Orders kept for each site; their number is what a site is told with every snapshot. */
const mostOrders = 50

export class SqlSiteStore implements SiteStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async add({ name, images, via, token, createdAt, createdBy }: NewSite): Promise<Site> {
    const id = newShortId(createdAt)
    const row = {
      ...{ id, name, via: via ?? null, created_at: createdAt, created_by: createdBy },
      images: JSON.stringify(images),
      settings: JSON.stringify(usualSettings),
      ...tokenColumns(token),
    }
    try {
      await this.#database.transaction().execute(async (transaction) => {
        if (via !== undefined) await lockSite(transaction, via)
        await transaction.insertInto('sites').values(row).execute()
      })
    } catch (error) {
      if (isUniqueViolation(error)) throw new SiteExists(name)
      throw error
    }
    return await this.find(id)
  }

  async find(id: string): Promise<Site> {
    const [site] = await this.#sites(await this.#rows().where('id', '=', id).execute())
    if (site === undefined) throw new SiteNotFound(id)
    return site
  }

  async byName(nameOrId: string): Promise<Site> {
    const rows = await this.#rows()
      .where(({ eb, or }) => or([eb('name', '=', nameOrId), eb('id', '=', nameOrId)]))
      .orderBy('id', 'desc')
      .execute()
    const row =
      rows.find(({ name, revoked_at }) => name === nameOrId && revoked_at === null) ??
      rows.find(({ id }) => id === nameOrId) ??
      rows[0]
    const [site] = await this.#sites(row === undefined ? [] : [row])
    if (site === undefined) throw new SiteNotFound(nameOrId)
    return site
  }

  async list({ limit, after = '' }: Parameters<SiteStore['list']>[0]) {
    const rows = await this.#rows()
      .where('id', '>', after)
      .orderBy('id')
      .limit(limit + 1)
      .execute()
    const items = await this.#sites(rows.slice(0, limit))
    return { items, next: rows.length > limit ? items.at(-1)?.id : undefined }
  }

  async hasAny(): Promise<boolean> {
    const row = this.#database.selectFrom('sites').where('revoked_at', 'is', null).select('id')
    return (await row.limit(1).executeTakeFirst()) !== undefined
  }

  async change(id: string, change: SiteChange): Promise<Site> {
    return await this.#locked(id, async (transaction, row) => {
      const settings = changedSettings(siteOf(row, []).settings, change)
      const { images } = change
      await transaction
        .updateTable('sites')
        .set({
          settings: JSON.stringify(settings),
          ...(images !== undefined && { images: JSON.stringify(images) }),
        })
        .where('id', '=', id)
        .execute()
    })
  }

  async newToken(id: string, token: SiteToken): Promise<Site> {
    return await this.#set(id, tokenColumns(token))
  }

  async takeToken(hash: string, now: number): Promise<Site | undefined> {
    // One statement: of two at once the second finds the row without the token.
    const row = await this.#database
      .updateTable('sites')
      .set(noToken)
      .where('token_sha256', '=', hash)
      .where('token_expires_at', '>', now)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    return row === undefined ? undefined : await this.find(row.id)
  }

  async joined(id: string, { at, certificateSerial }: Parameters<SiteStore['joined']>[1]): Promise<Site> {
    return await this.#set(id, {
      joined_at: at,
      last_contact_at: at,
      certificate_serial: certificateSerial,
    })
  }

  async renewed(id: string, certificateSerial: string): Promise<Site> {
    return await this.#set(id, { certificate_serial: certificateSerial })
  }

  async revoke(id: string, at: number): Promise<Site> {
    await this.#database
      .updateTable('sites')
      .set({ revoked_at: at, ...noToken })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
    return await this.find(id)
  }

  async remove(id: string): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const { name } = await lockedRow(transaction, id)
      const below = transaction.selectFrom('sites').where('via', '=', id).select('name').limit(1)
      const child = await below.executeTakeFirst()
      if (child !== undefined) throw new SiteInUse(name, child.name)
      await transaction.deleteFrom('sites').where('id', '=', id).execute()
    })
  }

  async saveContacts(contacts: readonly SiteContact[]): Promise<void> {
    // In one order, whoever writes: see sql-machine-store.ts.
    const sorted = [...contacts].sort((a, b) => (a.id < b.id ? -1 : 1))
    await unhurried(this.#database, async (transaction) => {
      for (const { id, at, report } of sorted)
        await transaction
          .updateTable('sites')
          .set({ last_contact_at: at, ...(report !== undefined && { report: JSON.stringify(report) }) })
          .where('id', '=', id)
          .where(({ eb, or }) => or([eb('last_contact_at', 'is', null), eb('last_contact_at', '<=', at)]))
          .execute()
    })
  }

  async orderWarm(id: string, order: Omit<WarmOrder, 'id' | 'isCancelled'>): Promise<WarmOrder> {
    const { reference, release, orderedAt, orderedBy } = order
    const made = { ...order, id: newShortId(orderedAt), isCancelled: false }
    const row = {
      ...{ id: made.id, site_id: id, reference, release, cancelled: 0 },
      ...{ ordered_at: orderedAt, ordered_by: orderedBy },
    }
    await this.#locked(id, async (transaction) => {
      const ofSite = () => transaction.deleteFrom('site_warm_orders').where('site_id', '=', id)
      await ofSite().where('release', '=', release).execute()
      await transaction.insertInto('site_warm_orders').values(row).execute()
      const orders = await orderRows(transaction, [id])
      const beyond = orders.filter((one) => one.id !== made.id).slice(0, -(mostOrders - 1))
      if (orders.length > mostOrders)
        await ofSite()
          .where(
            'id',
            'in',
            beyond.map((one) => one.id),
          )
          .execute()
    })
    return made
  }

  async cancelWarm(id: string, order: string): Promise<WarmOrder> {
    const row = await this.#database
      .updateTable('site_warm_orders')
      .set({ cancelled: 1 })
      .where('site_id', '=', id)
      .where('id', '=', order)
      .returningAll()
      .executeTakeFirst()
    if (row !== undefined) return orderOf(row)
    throw new WarmOrderNotFound((await this.find(id)).name)
  }

  async noteSignIn(id: string, user: string, at: number): Promise<void> {
    await this.#database
      .insertInto('site_sign_ins')
      .columns(['site_id', 'user_id', 'at'])
      .expression(({ selectFrom, val, cast }) =>
        selectFrom('users')
          .innerJoin('sites', (join) => join.on('sites.id', '=', id))
          .where('users.name', '=', user)
          .select(['sites.id as site_id', 'users.id as user_id', cast<number>(val(at), 'bigint').as('at')]),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['site_id', 'user_id'])
          .doUpdateSet(({ ref }) => ({ at: ref('excluded.at') }))
          .whereRef('site_sign_ins.at', '<', 'excluded.at'),
      )
      .execute()
  }

  async signInsSince(id: string, at: number): Promise<readonly SiteSignIn[]> {
    const rows = await this.#database
      .selectFrom('site_sign_ins')
      .innerJoin('users', 'users.id', 'site_sign_ins.user_id')
      .where('site_sign_ins.site_id', '=', id)
      .where('site_sign_ins.at', '>=', at)
      .where('users.disabled_at', 'is', null)
      .select(['users.name as user', 'site_sign_ins.at'])
      .orderBy('users.name')
      .execute()
    return rows.map((row) => ({ user: row.user, at: row.at }))
  }

  #rows() {
    return this.#database.selectFrom('sites').selectAll()
  }

  async #sites(rows: readonly SiteRow[]): Promise<readonly Site[]> {
    const orders = await orderRows(
      this.#database,
      rows.map(({ id }) => id),
    )
    return rows.map((row) => siteOf(row, orders))
  }

  async #set(id: string, values: Updateable<Tables['sites']>): Promise<Site> {
    return await this.#locked(id, async (transaction) => {
      await transaction.updateTable('sites').set(values).where('id', '=', id).execute()
    })
  }

  /** Something with a site that is not revoked, and is not meanwhile; afterwards the site as it is then. */
  async #locked(
    id: string,
    work: (transaction: Transaction<Tables>, row: SiteRow) => Promise<void>,
  ): Promise<Site> {
    await this.#database.transaction().execute(async (transaction) => {
      await work(transaction, await lockSite(transaction, id))
    })
    return await this.find(id)
  }
}

const noToken = { token_sha256: null, token_expires_at: null }

const tokenColumns = ({ hash, expiresAt }: SiteToken) => ({
  token_sha256: hash,
  token_expires_at: expiresAt,
})
