import type { DatabaseError } from 'pg'

/**
 * Known by what the server says with each of its errors, and not by the class: whoever runs on SQLite never loads the client.
 * https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function isPostgresError(error: unknown): error is DatabaseError {
  if (!(error instanceof Error && 'severity' in error && 'code' in error)) return false
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
}

/** The server takes connections, or has taken them, and does not answer. */
export class SilentServerError extends Error {
  override readonly name = 'SilentServerError'
}
