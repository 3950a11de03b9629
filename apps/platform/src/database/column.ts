import type { ColumnType } from 'kysely'

/** Written when the row is made, never changed afterwards. */
export type Fixed<T> = ColumnType<T, T, never>
/** Given by the database: 1, 2, 3… */
export type Counted = ColumnType<number, never, never>
