/** One-time codes of authenticators (RFC 6238: SHA-1, six digits, thirty seconds, as all of them understand). */
import { generateSecret, generateURI, verifySync } from 'otplib'

/** Clocks differ, and typing takes a moment: the code before and the one after are good too. */
const toleranceSeconds = 30

export const makeTotpSecret = (): string => generateSecret()

/** What an authenticator reads from a QR code. */
export function totpUri(secret: string, account: string): string {
  return generateURI({ issuer: 'Parley', label: account, secret })
}

export interface CodeToCheck {
  readonly secret: string
  readonly code: string
  readonly now: number
  /** The time step of the last code that was used: neither that one nor one before is good again. */
  readonly afterStep: number
}

/** The time step of the code; undefined: it is not good. */
export function tryTotpStep({ secret, code, now, afterStep }: CodeToCheck): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const result = verifySync({
    secret,
    token: code,
    epoch: Math.floor(now / 1000),
    epochTolerance: toleranceSeconds,
    afterTimeStep: afterStep,
  })
  return result.valid && 'timeStep' in result ? result.timeStep : undefined
}
