import type { BaseLogger } from 'pino'

/** What of the server's logger this folder uses. */
export type Log = Pick<BaseLogger, 'info' | 'warn' | 'error'>
