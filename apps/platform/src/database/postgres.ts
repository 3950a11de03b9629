import { Socket } from 'node:net'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresDialect,
  type PostgresDialectConfig,
  PostgresDriver,
} from 'kysely'

export type PostgresOptions = {
  readonly url: string
  /** A connection that is in use, and on which nothing came for so long, is given up. Absent: never. */
  readonly silenceMs?: number
}

const int8 = 20

/** So that the locks of a platform that is gone go, too: its server may not hear of that for hours. */
const endAbandoned = CompiledQuery.raw("SET idle_in_transaction_session_timeout = '60s'")

/** PostgreSQL; its driver is loaded only here. Integers past 2^53 throw instead of losing digits. */
export async function postgresDialect({ url, silenceMs }: PostgresOptions): Promise<Dialect> {
  const { default: pg } = await import('pg')
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary') => {
      if (id === int8) return exactNumber
      return pg.types.getTypeParser(id, format as 'text')
    },
  }
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 10_000,
    types,
    ...(silenceMs !== undefined && { stream: () => impatientSocket(silenceMs) }),
  })
  // A connection that breaks fails the query on it and is replaced by the pool; without listeners, idle or in use, it
  // would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new Postgres({
    pool,
    onCreateConnection: async (connection) => {
      await connection.executeQuery(endAbandoned)
    },
  })
}

class Postgres extends PostgresDialect {
  readonly #config: PostgresDialectConfig

  constructor(config: PostgresDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): Driver {
    return new DriverThatTellsWhy(this.#config)
  }
}

class DriverThatTellsWhy extends PostgresDriver {
  /** Fails only when the connection is broken: the server has rolled back then, and why it broke is worth telling. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection as never).catch(() => undefined)
  }
}

/**
 * TCP alone finds out after a quarter of an hour that the other side is gone. Idle connections are closed by the pool
 * before their time is up.
 */
function impatientSocket(silenceMs: number): Socket {
  const socket = new Socket()
  const silent = () => socket.destroy(new Error(`PostgreSQL has said nothing for ${silenceMs / 1000} s`))
  return socket.setTimeout(silenceMs, silent)
}

function exactNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is too large a number`)
  return number
}
