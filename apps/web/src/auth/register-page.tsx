import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery } from '../api/queries.ts'
import { type Session, session } from '../api/session.ts'
import { useText } from '../i18n/language.ts'
import { AuthLayout } from './auth-layout.tsx'
import { CredentialsForm } from './credentials-form.tsx'

/** An administrator has to let them in first. */
interface Waiting {
  readonly approval_required: true
}

export function RegisterPage() {
  const text = useText()
  const { next } = useSearch({ from: '/register' })
  const navigate = useNavigate()
  // The invitation is behind the #, so that it reaches no server's log on its way here.
  const [invitation] = useState(() => new URLSearchParams(location.hash.slice(1)).get('invitation'))
  const [isWaiting, setWaiting] = useState(false)
  const router = useRouter()
  const { data: app } = useQuery(appInfoQuery)
  const toSignIn = (
    <Link
      to="/sign-in"
      search={next === undefined ? {} : { next }}
      className="text-center font-medium text-accent-ink underline-offset-2 hover:underline"
    >
      {text(authTexts.toSignIn)}
    </Link>
  )
  if (isWaiting) {
    return (
      <AuthLayout title={text(authTexts.waitsTitle)} lead={text(authTexts.waits)}>
        {toSignIn}
      </AuthLayout>
    )
  }
  if (app?.single_user === true || (app?.registration_open === false && invitation === null)) {
    return (
      <AuthLayout title={text(authTexts.register)} lead={text(app.single_user ? authTexts.single : authTexts.closed)}>
        {toSignIn}
      </AuthLayout>
    )
  }
  return (
    <AuthLayout title={text(authTexts.register)} lead={invitation === null ? undefined : text(authTexts.invited)}>
      <CredentialsForm
        isNew
        minimumLength={app?.minimum_password_length ?? 8}
        submitLabel={text(authTexts.register)}
        onSubmit={async (credentials) => {
          const body = invitation === null ? credentials : { ...credentials, invitation }
          const registered = await call<Session | Waiting>('POST', '/api/auth/register', { body })
          if ('approval_required' in registered) {
            setWaiting(true)
            return
          }
          session.set(registered)
          if (next === undefined) await navigate({ to: '/' })
          else router.history.push(next)
        }}
      >
        {toSignIn}
      </CredentialsForm>
    </AuthLayout>
  )
}
