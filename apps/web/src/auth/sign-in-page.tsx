import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery, setupQuery } from '../api/queries.ts'
import { useText } from '../i18n/language.ts'
import { Button, buttonClasses } from '../ui/button.tsx'
import { AuthLayout } from './auth-layout.tsx'
import { CredentialsForm } from './credentials-form.tsx'
import { OneFieldForm } from './one-field-form.tsx'
import { Problem } from './problem.tsx'
import { type SignInAnswer, useSignIn } from './use-sign-in.ts'

const demoAccount = { email: 'test@test.com', password: '123456' }

export function SignInPage() {
  const text = useText()
  const { next } = useSearch({ from: '/sign-in' })
  const signIn = useSignIn(next)
  const { data: app } = useQuery(appInfoQuery)
  const { data: setup } = useQuery(setupQuery)
  const [isFilled, setFilled] = useState(false)
  const link = 'font-medium text-accent-ink underline-offset-2 hover:underline'
  if (signIn.challenge !== undefined) return <SecondStep verify={signIn.verify} cancel={signIn.cancel} />
  return (
    <AuthLayout title={text(authTexts.signIn)}>
      <div className="mb-4 empty:hidden">{signIn.problem !== undefined && <Problem problem={signIn.problem} />}</div>
      {app?.oidc_name !== undefined && app.oidc_name !== null && <WithProvider name={app.oidc_name} />}
      <CredentialsForm
        key={String(isFilled)}
        submitLabel={text(authTexts.signIn)}
        initial={isFilled ? demoAccount : undefined}
        onSubmit={async (credentials) => {
          await signIn.take(await call<SignInAnswer>('POST', '/api/auth/login', { body: credentials }))
        }}
      >
        {app?.is_demo === true && !app.single_user && (
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
        <Link to="/forgot-password" className={`text-center text-sm ${link}`}>
          {text(authTexts.forgot)}
        </Link>
        {app?.registration_open === true && (
          <Link to="/register" search={next === undefined ? {} : { next }} className={`text-center ${link}`}>
            {text(authTexts.toRegister)}
          </Link>
        )}
      </CredentialsForm>
    </AuthLayout>
  )
}

interface SecondStepProps {
  readonly verify: (code: string) => Promise<void>
  readonly cancel: () => void
}

function SecondStep({ verify, cancel }: SecondStepProps) {
  const text = useText()
  return (
    <AuthLayout title={text(authTexts.codeTitle)} lead={text(authTexts.codeLead)}>
      <OneFieldForm
        label={text(authTexts.code)}
        autoComplete="one-time-code"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={32}
        className="font-mono tracking-widest"
        submitLabel={text(authTexts.confirm)}
        onSubmit={verify}
      >
        <Button variant="ghost" onClick={cancel}>
          {text(authTexts.otherAccount)}
        </Button>
      </OneFieldForm>
    </AuthLayout>
  )
}

/** A link, not a call: the provider's own pages come next. */
function WithProvider({ name }: { readonly name: string }) {
  const text = useText()
  return (
    <>
      <a href="/api/auth/oidc/start" className={`w-full ${buttonClasses('secondary')}`}>
        {text(authTexts.signInWith, { name })}
      </a>
      <p className="my-4 flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
        {text(authTexts.or)}
      </p>
    </>
  )
}
