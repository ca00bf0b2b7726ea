import { ParleyError } from '@parley/contract'
import { isPostgresError, SilentServerError } from './postgres-errors.ts'
import { tryResultCode } from './sqlite-handle.ts'

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: it is being stopped, has crashed, is starting, or has no
 * connection left; class 08 are connections that broke.
 */
const awayCodes = new Set(['57P01', '57P02', '57P03', '53300'])
const brokenCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
/** What `pg` says without a code, of a connection that is gone. */
const brokenTexts = /^Connection terminated|connection error and is not queryable|^Client was closed/
/** SQLITE_BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL and CANTOPEN. https://sqlite.org/rescode.html */
const sqliteTroubles = new Set([5, 6, 7, 8, 10, 13, 14])
/** Rolled back for others, no room or no connection left, told to stop, its disk; 25006: it may only be read. */
const postgresTroubles = /^(40|53|57|58|25006)/
/** A server that is restarted is back by then. */
const retryAfterMs = 5_000

/** The same error, or what callers are told when it is the database that is away: come again. */
export function asAway(error: unknown): unknown {
  return isAway(error) ? awayError(error) : error
}

/** No connection could be had. */
export function awayError(cause: unknown): ParleyError {
  return new ParleyError('database_unavailable', { cause, retryAfterMs })
}

/** That the database could not do it now, whatever it was asked: the same may go well later. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (error instanceof ParleyError) return error.code === 'database_unavailable'
  if (isPostgresError(error)) return postgresTroubles.test(error.code ?? '')
  const code = tryResultCode(error)
  return code !== undefined && sqliteTroubles.has(code)
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof SilentServerError) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (isPostgresError(error)) return awayCodes.has(code) || code.startsWith('08')
  return brokenCodes.has(code) || brokenTexts.test(error.message)
}
