import type { MfaChallenge, User, WaitingSignUp } from './types.ts'

/** What the API answered instead of what was asked for. `code` is stable; the message is for people, in their language. */
export class ParleyApiError extends Error {
  override readonly name = 'ParleyApiError'
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined
  /** When to ask again, after a limit. */
  readonly retryAfterMs: number | undefined

  constructor(answer: { status: number; code: string; message: string; requestId?: string; retryAfterMs?: number }) {
    super(answer.message)
    this.status = answer.status
    this.code = answer.code
    this.requestId = answer.requestId
    this.retryAfterMs = answer.retryAfterMs
  }
}

/** The password was right, and a code is needed still: ask for it and call `verifyMfa` with the challenge. */
export class MfaRequired extends Error {
  override readonly name = 'MfaRequired'
  readonly challenge: string
  /** ISO 8601. */
  readonly expiresAt: string

  constructor({ challenge, expires_at }: MfaChallenge) {
    super('a code of the authenticator is needed')
    this.challenge = challenge
    this.expiresAt = expires_at
  }
}

/** The account is made, and nobody can sign in to it until an administrator has let them in. */
export class ApprovalRequired extends Error {
  override readonly name = 'ApprovalRequired'
  readonly user: User

  constructor({ user }: WaitingSignUp) {
    super('an administrator has to let the new account in')
    this.user = user
  }
}

/** Gives the error of an answer; one that did not come from the API (a proxy's page) has the code `http_<status>`. */
export async function readApiError(response: Response): Promise<ParleyApiError> {
  const { status, headers } = response
  const text = await response.text()
  const body = tryObject(text)
  const retryAfter = Number(headers.get('retry-after') ?? Number.NaN)
  return new ParleyApiError({
    status,
    code: typeof body?.['code'] === 'string' ? body['code'] : `http_${status}`,
    message: typeof body?.['error'] === 'string' ? body['error'] : `The server answered ${status}.`,
    ...(typeof body?.['request_id'] === 'string' && { requestId: body['request_id'] }),
    ...(Number.isFinite(retryAfter) && { retryAfterMs: retryAfter * 1000 }),
  })
}

function tryObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
