import { isPostgresError } from './postgres-errors.ts'

/** Extended result codes, https://sqlite.org/rescode.html: SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
const sqliteCodes = new Set([2067, 1555])
/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const postgresCode = '23505'

/**
 * Whether a write failed because `table` has a row with the same value in `column` already: a taken email, the same
 * message sent twice. Indexes are named for it: `<table>_<column>_unique`, primary keys `<table>_pkey` (column `id`).
 */
export function isUniqueViolation(error: unknown, table: string, column: string): boolean {
  if (isPostgresError(error)) {
    const index = column === 'id' ? `${table}_pkey` : `${table}_${column}_unique`
    return error.code === postgresCode && error.constraint === index
  }
  if (!(error instanceof Error && 'errcode' in error && sqliteCodes.has(Number(error.errcode)))) return false
  // UNIQUE constraint failed: message.conversation_id, message.client_message_id
  const columns = error.message.slice(error.message.indexOf(':') + 1).split(',')
  return columns.some((name) => name.trim() === `${table}.${column}`)
}
