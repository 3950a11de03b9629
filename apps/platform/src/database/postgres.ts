import { type Dialect, PostgresDialect } from 'kysely'

const int8 = 20

/** PostgreSQL; its driver is loaded only here. Integers past 2^53 throw instead of losing digits. */
export async function postgresDialect(url: string): Promise<Dialect> {
  const { default: pg } = await import('pg')
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary') => {
      if (id === int8) return exactNumber
      return pg.types.getTypeParser(id, format as 'text')
    },
  }
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 10_000, types })
  // A connection that breaks while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  return new PostgresDialect({ pool })
}

function exactNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`${text} is too large a number`)
  return number
}
