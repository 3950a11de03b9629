import { type RawBuilder, type SqlBool, sql } from 'kysely'

/**
 * Whether a text stands in a column, ASCII letters in any case (others as the engine's lower() has it; SQLite's knows
 * none). No index helps: each row that is left by the other conditions is looked at.
 */
export function contains(column: string, text: string): RawBuilder<SqlBool> {
  const pattern = `%${text.replace(/[\\%_]/g, (letter) => `\\${letter}`)}%`
  return sql<SqlBool>`lower(${sql.ref(column)}) LIKE lower(${pattern}) ESCAPE ${sql.lit('\\')}`
}
