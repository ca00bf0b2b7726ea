/** The token of a link that is good once: the database holds only its hash, by which it is found. */
import { createHash, randomBytes } from 'node:crypto'

export function createLinkToken(): string {
  return randomBytes(32).toString('base64url')
}

/** It has too much chance in it to be guessed from its hash, so one round without a salt is enough. */
export function hashOfLinkToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
