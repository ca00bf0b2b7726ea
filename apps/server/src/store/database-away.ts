import { ParleyError } from '@parley/contract'
import pg from 'pg'
import { SilentServerError } from './answer-watch.ts'

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: it is being stopped, has crashed, is starting, or has no
 * connection left; class 08 are connections that broke.
 */
const awayCodes = new Set(['57P01', '57P02', '57P03', '53300'])
const brokenCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'])
/** What `pg` says without a code, of a connection that is gone. */
const brokenTexts = /^Connection terminated|connection error and is not queryable|^Client was closed/
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

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof SilentServerError) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof pg.DatabaseError) return awayCodes.has(code) || code.startsWith('08')
  return brokenCodes.has(code) || brokenTexts.test(error.message)
}
