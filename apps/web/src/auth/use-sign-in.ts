import { errorTable } from '@parley/contract'
import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { ApiError, call, errorText } from '../api/client.ts'
import { type Session, session } from '../api/session.ts'
import { textNow } from '../i18n/language.ts'

/** Signed in, or asked for the second step. */
export type SignInAnswer = Session | { readonly mfa_required: true; readonly challenge: string }

export interface SignIn {
  /** What the second step answers; undefined: nobody is at it. */
  readonly challenge: string | undefined
  /** Why it has to begin anew. */
  readonly problem: string | undefined
  readonly take: (answer: SignInAnswer) => Promise<void>
  readonly verify: (code: string) => Promise<void>
  readonly cancel: () => void
}

/** The steps of signing in, by whichever door it began. */
export function useSignIn(next: string | undefined): SignIn {
  const navigate = useNavigate()
  const router = useRouter()
  const [challenge, setChallenge] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const take = async (answer: SignInAnswer) => {
    setProblem(undefined)
    if ('challenge' in answer) return setChallenge(answer.challenge)
    session.set(answer)
    if (next === undefined) await navigate({ to: '/' })
    else router.history.push(next)
  }
  const verify = async (code: string) => {
    try {
      await take(await call<Session>('POST', '/api/auth/mfa/verify', { body: { challenge, code } }))
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'mfa_challenge_expired') throw error
      setProblem(error.message)
      setChallenge(undefined)
    }
  }
  useEffect(() => {
    const brought = takeFromAddress()
    if (brought?.error !== undefined) setProblem(codeText(brought.error))
    if (brought?.code === undefined) return
    call<SignInAnswer>('POST', '/api/auth/oidc/exchange', { body: { code: brought.code } })
      .then(take)
      .catch((error: unknown) => setProblem(errorText(error)))
    // Once: the code is only good for one exchange.
  }, [])
  return { challenge, problem, take, verify, cancel: () => setChallenge(undefined) }
}

/** What the provider's sign-in has left in the address, which keeps nothing of it. */
function takeFromAddress(): { readonly code?: string; readonly error?: string } | undefined {
  const brought = new URLSearchParams(location.hash.slice(1))
  const code = brought.get('oidc')
  const error = brought.get('oidc_error')
  if (code === null && error === null) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return { ...(code === null ? {} : { code }), ...(error === null ? {} : { error }) }
}

function codeText(code: string): string {
  const known = Object.entries(errorTable).find(([name]) => name === code)?.[1]
  return known === undefined ? textNow(commonTexts.unexpected) : textNow(known, { name: textNow(authTexts.signIn) })
}
