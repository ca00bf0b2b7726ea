import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery, setupQuery } from '../api/queries.ts'
import { type Session, session } from '../api/session.ts'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { AuthLayout } from './auth-layout.tsx'
import { CredentialsForm } from './credentials-form.tsx'

const demoAccount = { email: 'test@test.com', password: '123456' }

export function SignInPage() {
  const text = useText()
  const { next } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const router = useRouter()
  const { data: app } = useQuery(appInfoQuery)
  const { data: setup } = useQuery(setupQuery)
  const [isFilled, setFilled] = useState(false)
  const link = 'font-medium text-accent-ink underline-offset-2 hover:underline'
  return (
    <AuthLayout title={text(authTexts.signIn)}>
      <CredentialsForm
        key={String(isFilled)}
        submitLabel={text(authTexts.signIn)}
        initial={isFilled ? demoAccount : undefined}
        onSubmit={async (credentials) => {
          session.set(await call<Session>('POST', '/api/auth/login', { body: credentials }))
          if (next === undefined) await navigate({ to: '/' })
          else router.history.push(next)
        }}
      >
        {app?.is_demo === true && (
          <p className="flex items-center gap-2 rounded-lg bg-info-soft py-1 pr-1 pl-3 text-sm text-info">
            <span className="flex-1">{text(authTexts.demo, demoAccount)}</span>
            <Button size="small" variant="ghost" onClick={() => setFilled(true)}>
              {text(authTexts.fillDemo)}
            </Button>
          </p>
        )}
        {setup?.is_needed === true && app?.is_demo !== true && (
          <p className="rounded-lg bg-info-soft px-3 py-2 text-sm text-info">{text(authTexts.setUpLinkHint)}</p>
        )}
        {app?.registration_open === true && (
          <Link to="/register" search={next === undefined ? {} : { next }} className={`text-center ${link}`}>
            {text(authTexts.toRegister)}
          </Link>
        )}
      </CredentialsForm>
    </AuthLayout>
  )
}
