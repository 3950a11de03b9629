import type { Architecture, ProxyDialect } from '@bootcast/boot'
import { type Machine, type MachineChange, MachineNotFound } from '@bootcast/catalogue'
import { type Selectable, sql, type Transaction } from 'kysely'
import { followedReference, lockFollowed } from '../database/lock-followed.ts'
import type { Database } from '../database/open.ts'
import type { Tables } from '../database/tables.ts'
import { fitting, orders } from './machine-list.ts'
import type { MachineQuery, MachineStore, Sighting } from './machine-store.ts'

const told = [
  'uuid',
  'serial',
  'manufacturer',
  'product',
  'firmware',
  'architecture',
  'cpu_level',
  'address',
] as const
/** Rows in one INSERT: 14 values each, below SQLite's 32,766 and PostgreSQL's 65,535 parameters. */
const rowsAtOnce = 500

export class SqlMachineStore implements MachineStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async record(unsorted: readonly Sighting[]): Promise<void> {
    // In one order, whoever writes: PostgreSQL ends one of two that lock the same rows in different orders.
    const sightings = [...unsorted].sort((a, b) => (a.facts.mac < b.facts.mac ? -1 : 1))
    await this.#database.transaction().execute(async (transaction) => {
      for (let at = 0; at < sightings.length; at += rowsAtOnce) {
        await transaction
          .insertInto('machines')
          .values(sightings.slice(at, at + rowsAtOnce).map(rowOf))
          .onConflict((conflict) =>
            conflict.column('mac').doUpdateSet(({ fn, ref }) => ({
              ...Object.fromEntries(
                told.map((name) => [name, fn.coalesce(ref(`excluded.${name}`), ref(`machines.${name}`))]),
              ),
              // iPXE knows only "uefi"; the firmware itself has said by DHCP which kind.
              firmware: sql<string | null>`case
                when excluded.firmware = 'uefi' and machines.firmware like 'uefi-%' then machines.firmware
                else coalesce(excluded.firmware, machines.firmware) end`,
              first_seen_at: fn.coalesce(ref('machines.first_seen_at'), ref('excluded.first_seen_at')),
              last_seen_at: ref('excluded.last_seen_at'),
              last_boot_at: fn.coalesce(ref('excluded.last_boot_at'), ref('machines.last_boot_at')),
              site: ref('excluded.site'),
            })),
          )
          .execute()
      }
    })
  }

  async list(query: MachineQuery) {
    const { limit, after, order = 'mac' } = query
    const { by, from, key } = orders[order]
    const rows = await this.#rows()
      .where(fitting(query))
      .$if(after !== undefined, (page) => page.where(from(after ?? '')))
      .orderBy(by)
      .limit(limit + 1)
      .execute()
    const items = rows.slice(0, limit).map(machineOf)
    const last = items.at(-1)
    return { items, next: rows.length > limit && last !== undefined ? key(last) : undefined }
  }

  async find(mac: string): Promise<Machine> {
    const row = await this.#rows().where('mac', '=', mac).executeTakeFirst()
    if (row === undefined) throw new MachineNotFound(mac)
    return machineOf(row)
  }

  async change(mac: string, change: MachineChange): Promise<Machine> {
    const { image, nextImage, labels, installed, proxyDialect, loader, deployed, overwriteDisk } = change
    await this.#database.transaction().execute(async (transaction) => {
      const values = {
        ...(image !== undefined && (await followed(transaction, image))),
        ...(nextImage !== undefined && onceOf(await followed(transaction, nextImage))),
        ...(labels !== undefined && { labels: labels.length === 0 ? null : JSON.stringify(labels) }),
        ...(installed !== undefined && { installed }),
        ...(proxyDialect !== undefined && { proxy_dialect: proxyDialect }),
        ...(loader !== undefined && { loader }),
        ...(deployed !== undefined && { deployed }),
        ...(overwriteDisk !== undefined && { overwrite_disk: overwriteDisk ? 1 : 0 }),
      }
      const insert = transaction.insertInto('machines').values({ mac, ...values })
      const upsert =
        Object.keys(values).length === 0
          ? insert.onConflict((conflict) => conflict.column('mac').doNothing())
          : insert.onConflict((conflict) => conflict.column('mac').doUpdateSet(values))
      await upsert.execute()
    })
    return await this.find(mac)
  }

  async remove(mac: string): Promise<void> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('machines')
      .where('mac', '=', mac)
      .executeTakeFirst()
    if (numDeletedRows === 0n) throw new MachineNotFound(mac)
  }

  async withQuirks(): Promise<readonly Machine[]> {
    const rows = await this.#rows()
      .where(({ eb, or }) => or([eb('proxy_dialect', 'is not', null), eb('loader', 'is not', null)]))
      .execute()
    return rows.map(machineOf)
  }

  async prune(keep: number): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('machines')
      .where('mac', 'in', ({ selectFrom }) =>
        selectFrom('machines as m')
          .where('m.image_id', 'is', null)
          .where('m.once_image_id', 'is', null)
          .where('m.labels', 'is', null)
          .where('m.installed', 'is', null)
          .where('m.proxy_dialect', 'is', null)
          .where('m.loader', 'is', null)
          .where('m.deployed', 'is', null)
          .where(({ not, exists, selectFrom: from }) =>
            not(exists(from('install_values as v').whereRef('v.mac', '=', 'm.mac').select('v.name'))),
          )
          .orderBy(sql`case when m.last_boot_at is null then 1 else 0 end`)
          .orderBy('m.last_seen_at', 'desc')
          .orderBy('m.mac')
          .limit(sql.lit(1_000_000))
          .offset(keep)
          .select('m.mac'),
      )
      .executeTakeFirst()
    return Number(numDeletedRows)
  }

  #rows() {
    return this.#database
      .selectFrom('machines')
      .leftJoin('images', 'images.id', 'machines.image_id')
      .leftJoin('images as next', 'next.id', 'machines.once_image_id')
      .selectAll('machines')
      .select(['images.name as image', 'next.name as next_image'])
  }
}

/** The columns that say what a machine follows. */
async function followed(transaction: Transaction<Tables>, reference: string | null) {
  if (reference === null) return { image_id: null, follows: null }
  const { id, follows } = await lockFollowed(transaction, reference)
  return { image_id: id, follows }
}

const onceOf = ({ image_id, follows }: Awaited<ReturnType<typeof followed>>) => ({
  once_image_id: image_id,
  once_follows: follows,
})

function rowOf({ facts, at, boots, site }: Sighting) {
  const { cpuLevel: cpu_level, ...others } = facts
  const all = { ...others, cpu_level }
  return {
    mac: facts.mac,
    ...Object.fromEntries(told.map((name) => [name, all[name] ?? null])),
    architecture: facts.architecture === 'unknown' ? null : (facts.architecture ?? null),
    first_seen_at: at,
    last_seen_at: at,
    last_boot_at: boots ? at : null,
    site: site ?? null,
  }
}

type Row = Selectable<Tables['machines']> & {
  readonly image: string | null
  readonly next_image: string | null
}

function machineOf(row: Row): Machine {
  const { cpu_level: cpuLevel } = row
  const facts = Object.fromEntries(
    [...told.map((name) => [name, row[name]] as const), ['cpuLevel', cpuLevel] as const].filter(
      ([name, value]) => name !== 'cpu_level' && value !== null,
    ),
  )
  return {
    mac: row.mac,
    ...facts,
    architecture: (row.architecture ?? 'unknown') as Architecture,
    image: row.image === null ? undefined : followedReference(row.image, row.follows),
    nextImage: row.next_image === null ? undefined : followedReference(row.next_image, row.once_follows),
    labels: row.labels === null ? [] : (JSON.parse(row.labels) as string[]),
    installed: row.installed ?? undefined,
    deployed: row.deployed ?? undefined,
    overwriteDisk: row.overwrite_disk === 1,
    proxyDialect: (row.proxy_dialect ?? undefined) as ProxyDialect | undefined,
    loader: row.loader ?? undefined,
    firstSeenAt: row.first_seen_at ?? undefined,
    lastSeenAt: row.last_seen_at ?? undefined,
    lastBootAt: row.last_boot_at ?? undefined,
    site: row.site ?? undefined,
  }
}
