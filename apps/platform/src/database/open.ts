import { randomBytes, randomUUID } from 'node:crypto'
import { type Dialect, Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import * as firstBoot from './migrations/0001-first-boot.ts'
import * as variantsAndChannels from './migrations/0002-variants-and-channels.ts'
import * as identity from './migrations/0003-identity.ts'
import * as policy from './migrations/0004-policy.ts'
import * as boots from './migrations/0005-boots.ts'
import * as installs from './migrations/0006-installs.ts'
import * as sites from './migrations/0007-sites.ts'
import * as bootsOfSites from './migrations/0008-boots-of-sites.ts'
import * as bootsSummed from './migrations/0009-boots-summed.ts'
import * as signedReleases from './migrations/0010-signed-releases.ts'
import * as testScreens from './migrations/0011-test-screens.ts'
import * as uforge from './migrations/0012-uforge.ts'
import * as sources from './migrations/0013-sources.ts'
import * as builds from './migrations/0014-builds.ts'
import { postgresDialect } from './postgres.ts'
import { sqliteDialect } from './sqlite.ts'
import type { Tables } from './tables.ts'

export type Engine = 'sqlite' | 'postgres'
export type DatabaseSettings =
  | { readonly kind: 'sqlite'; readonly path: string }
  | {
      readonly kind: 'postgres'
      readonly url: string
      /** A connection on which nothing came for so long is given up: 30 s unless said otherwise. */
      readonly silenceMs?: number
    }
export type Database = Kysely<Tables>

/** In this order, each once. A migration that has landed is never changed. */
export const migrations = [
  ['0001-first-boot', firstBoot.up],
  ['0002-variants-and-channels', variantsAndChannels.up],
  ['0003-identity', identity.up],
  ['0004-policy', policy.up],
  ['0005-boots', boots.up],
  ['0006-installs', installs.up],
  ['0007-sites', sites.up],
  ['0008-boots-of-sites', bootsOfSites.up],
  ['0009-boots-summed', bootsSummed.up],
  ['0010-signed-releases', signedReleases.up],
  ['0011-test-screens', testScreens.up],
  ['0012-uforge', uforge.up],
  ['0013-sources', sources.up],
  ['0014-builds', builds.up],
] as const
type Migrations = readonly (typeof migrations)[number][]

const usualSilenceMs = 30_000

/**
 * Opens the database and brings its tables up to date.
 * @throws {DatabaseUnusable} when it cannot be opened or is of a newer Bootcast
 */
export async function openDatabase(
  settings: DatabaseSettings,
  wanted: Migrations = migrations,
): Promise<Database> {
  try {
    return await opened(settings, wanted)
  } catch (cause) {
    throw new DatabaseUnusable(settings, cause)
  }
}

async function opened(settings: DatabaseSettings, wanted: Migrations): Promise<Database> {
  switch (settings.kind) {
    case 'sqlite':
      return await migratedSqlite(sqliteDialect(settings.path), wanted)
    case 'postgres': {
      const { url, silenceMs = usualSilenceMs } = settings
      await migratePostgres(url, wanted)
      return new Kysely<Tables>({ dialect: await postgresDialect({ url, silenceMs }) })
    }
  }
}

/** All missing migrations or none, and one process at a time: the write lock is taken before the first look. */
async function migratedSqlite(dialect: Dialect, wanted: Migrations): Promise<Database> {
  const database = new Kysely<Tables>({ dialect })
  try {
    await database.connection().execute(async (connection) => {
      await sql`begin immediate`.execute(connection)
      try {
        await runMigrations(connection, 'sqlite', wanted)
        await sql`commit`.execute(connection)
      } catch (error) {
        await sql`rollback`.execute(connection)
        throw error
      }
    })
    return database
  } catch (error) {
    await database.destroy()
    throw error
  }
}

/** The same promise, kept by Kysely; on a connection with patience: a migration may say nothing for long. */
async function migratePostgres(url: string, wanted: Migrations): Promise<void> {
  const database = new Kysely<Tables>({ dialect: await postgresDialect({ url }) })
  try {
    await runMigrations(database, 'postgres', wanted)
  } finally {
    await database.destroy()
  }
}

async function runMigrations(database: Database, engine: Engine, wanted: Migrations): Promise<void> {
  const list = wanted.map(([name, up]): [string, Migration] => [name, { up: (db) => up(db, engine) }])
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => Object.fromEntries(list) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}

export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable'
  readonly code = 'database_unusable'

  constructor(settings: DatabaseSettings, cause: unknown) {
    const where = settings.kind === 'sqlite' ? settings.path : withoutPassword(settings.url)
    super(`the database ${where} cannot be used: ${reasonOf(cause)}`, { cause })
  }
}

function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return 'postgres://…'
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  if (url.searchParams.has('password')) url.searchParams.set('password', '***')
  return url.href
}

function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  const later = /previously executed migration (\S+) is missing/.exec(text)?.[1] // Kysely's words
  if (later === undefined) return text
  return `a newer Bootcast has changed it (${later}). Start that version, or restore a backup of before`
}

/** True for the error of either engine when a row with the same key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, errcode } = error as Error & { code?: unknown; errcode?: unknown }
  return code === '23505' || errcode === 2067 || errcode === 1555
}

/** A new id: UUIDv7 (RFC 9562 §5.7), so that ids sort by the time they were made. */
export function newId(now: number = Date.now()): string {
  const time = now.toString(16).padStart(12, '0')
  // What follows the version in a version 4 is what follows it in a version 7: random, and the variant.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}

/** 32 that are not mistaken for each other, in the order of their codes (Crockford's base 32, lower case). */
const digits = '0123456789abcdefghjkmnpqrstvwxyz'
const since = Date.UTC(2026, 0, 1)

/** A new id that people type: twelve letters and digits; those of a later second sort behind (until 2060). */
export function newShortId(now: number = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000))
  const time = Array.from({ length: 6 }, (_, place) => digits[Math.floor(seconds / 32 ** (5 - place)) % 32])
  const rest = [...randomBytes(6)].map((byte) => digits[byte % 32])
  return [...time, ...rest].join('')
}
