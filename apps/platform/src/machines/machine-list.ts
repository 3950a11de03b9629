import type { Machine } from '@bootcast/catalogue'
import type { MachineState } from '@bootcast/contract'
import { type Expression, type SqlBool, sql } from 'kysely'
import type { MachineQuery } from './machine-store.ts'

type Condition = Expression<SqlBool>
const never: Condition = sql<SqlBool>`1 = 0`

/** What a row of `machines` must fulfil. The same words for SQLite and PostgreSQL. */
export function fitting({ search, label, site, state }: MachineQuery): Condition {
  const all: readonly Condition[] = [
    sql<SqlBool>`1 = 1`,
    ...(search === undefined ? [] : [found(search)]),
    ...(label === undefined ? [] : [labelled(label)]),
    ...(site === undefined ? [] : [sql<SqlBool>`machines.site = ${site}`]),
    ...(state === undefined ? [] : [states[state]]),
  ]
  return sql<SqlBool>`${sql.join(all, sql` and `)}`
}

const hasImage = sql<SqlBool>`machines.image_id is not null`
const hasNext = sql<SqlBool>`machines.once_image_id is not null`
const isInstalled = sql<SqlBool>`(machines.installed is not null or machines.deployed is not null)`
const states: Readonly<Record<MachineState, Condition>> = {
  assigned: hasImage,
  once: hasNext,
  installed: isInstalled,
  undecided: sql<SqlBool>`not (${hasImage}) and not (${hasNext}) and not ${isInstalled}`,
  unheard: sql<SqlBool>`machines.first_seen_at is null`,
}

/** The list of labels is JSON of words without quotes. Not LIKE: in SQLite that takes letters of either case. */
const labelled = (label: string): Condition =>
  sql<SqlBool>`replace(machines.labels, ${`"${label}"`}, '') <> machines.labels`

const searched = ['mac', 'product', 'manufacturer', 'serial', 'uuid', 'address', 'labels'] as const

function found(search: string): Condition {
  const part = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  const within = searched.map(
    (name) => sql<SqlBool>`lower(coalesce(machines.${sql.ref(name)}, '')) like ${part} escape '\\'`,
  )
  return sql<SqlBool>`(${sql.join([...within, ofAddress(search)], sql` or `)})`
}

/** Hardware addresses are written with hyphens, dots and nothing as well. */
function ofAddress(search: string): Condition {
  const hex = search.toLowerCase().replace(/[:.-]/g, '')
  if (!/^[0-9a-f]{4,12}$/.test(hex)) return never
  return sql<SqlBool>`replace(machines.mac, ':', '') like ${`%${hex}%`}`
}

type Order = {
  readonly by: Expression<unknown>
  /** What comes behind the machine that this is the key of. */
  readonly from: (key: string) => Condition
  readonly key: (machine: Machine) => string
}

const seen = sql<number>`coalesce(machines.last_seen_at, 0)`

export const orders: Readonly<Record<'mac' | 'seen', Order>> = {
  mac: {
    by: sql`machines.mac`,
    from: (key) => sql<SqlBool>`machines.mac > ${key}`,
    key: ({ mac }) => mac,
  },
  seen: {
    by: sql`${seen} desc, machines.mac`,
    from: (key) => {
      const [, at = '', mac = ''] = /^(\d{1,15}) (.*)$/.exec(key) ?? []
      if (at === '') return never
      return sql<SqlBool>`(${seen} < ${Number(at)} or (${seen} = ${Number(at)} and machines.mac > ${mac}))`
    },
    key: ({ lastSeenAt = 0, mac }) => `${lastSeenAt} ${mac}`,
  },
}
