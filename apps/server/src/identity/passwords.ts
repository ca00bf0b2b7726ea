/**
 * Passwords: argon2id, and rules against those that are guessed first.
 *
 * Guarantees: a storm of sign-ins takes at most `atOnce` threads, whoever comes then waits, and past `maxWaiting` is sent
 * away; checking takes as long for an email that nobody has as for one that somebody has.
 */
import { hash, verify } from '@node-rs/argon2'
import { fillMessage, type Message, ParleyError, passwordFaults } from '@parley/contract'
import { commonPasswords } from './common-passwords.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** `hash` undefined: there is no such user; takes as long and is false. */
  verify(password: string, hash: string | undefined): Promise<boolean>
  /** Throws ParleyError naming the field, when the password should not be used by this person. */
  assertGood(password: string, person: { email: string }, field?: string): void
}

export interface PasswordOptions {
  readonly minimumLength: number
  /** Passwords that everybody tries are fine where everybody knows them: in the demo. */
  readonly areCommonAllowed: boolean
  readonly atOnce?: number
  readonly maxWaiting?: number
}

// OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const maximumLength = 256

export function createPasswords(options: PasswordOptions): Passwords {
  const takeTurn = createTurns(options.atOnce ?? 2, options.maxWaiting ?? 200)
  let nobodysHash: Promise<string> | undefined

  return {
    hash: (password) => takeTurn(() => hash(password, cost)),
    verify: (password, known) =>
      takeTurn(async () => {
        nobodysHash ??= hash('nobody has this password', cost)
        const isRight = await verify(known ?? (await nobodysHash), password)
        return isRight && known !== undefined
      }),
    assertGood(password, { email }, field = 'password') {
      const fault = faultOf(password, email, options)
      if (fault) throw new ParleyError('weak_password', { parameters: { detail: fault }, details: { field } })
    },
  }
}

function faultOf(password: string, email: string, options: PasswordOptions): Message | undefined {
  const length = Array.from(password).length
  const minimum = options.minimumLength
  if (length < minimum) return fillMessage(passwordFaults.tooShort, { minimum })
  if (length > maximumLength) return fillMessage(passwordFaults.tooLong, { maximum: maximumLength })
  if (options.areCommonAllowed) return undefined
  const plain = password.toLowerCase()
  const [name] = email.toLowerCase().split('@')
  const isCommon =
    commonPasswords.has(plain) || /^(.)\1*$/u.test(plain) || plain === email.toLowerCase() || plain === name
  return isCommon ? passwordFaults.common : undefined
}

/** At most `atOnce` works at a time; the others wait in line. */
function createTurns(atOnce: number, maxWaiting: number) {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) {
      if (waiting.length >= maxWaiting) throw new ParleyError('rate_limited', { retryAfterMs: 5000 })
      // Whoever ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
