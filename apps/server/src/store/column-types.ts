import type { ColumnType } from 'kysely'

export type Flag = 0 | 1
/** Written once, when the row is made. */
export type Fixed<T> = ColumnType<T, T, never>
