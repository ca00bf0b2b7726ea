import { passwordLinkMinutes } from '@parley/contract'
import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery } from '../api/queries.ts'
import { useText } from '../i18n/language.ts'
import { AuthLayout } from './auth-layout.tsx'
import { OneFieldForm } from './one-field-form.tsx'

export function ForgotPasswordPage() {
  const text = useText()
  const { data: app } = useQuery(appInfoQuery)
  const [isAsked, setAsked] = useState(false)
  const toSignIn = (
    <Link to="/sign-in" className="text-center font-medium text-accent-ink underline-offset-2 hover:underline">
      {text(authTexts.toSignIn)}
    </Link>
  )
  if (isAsked) {
    return (
      <AuthLayout title={text(authTexts.forgotTitle)}>
        <p role="status" className="mb-4">
          {app?.sends_mail === true
            ? text(authTexts.forgotMailed, { minutes: passwordLinkMinutes })
            : text(authTexts.forgotTold)}
        </p>
        {toSignIn}
      </AuthLayout>
    )
  }
  return (
    <AuthLayout title={text(authTexts.forgotTitle)} lead={text(authTexts.forgotLead)}>
      <OneFieldForm
        label={text(commonTexts.email)}
        type="email"
        autoComplete="username"
        maxLength={254}
        submitLabel={text(authTexts.forgotSend)}
        onSubmit={async (email) => {
          await call('POST', '/api/auth/password/forgot', { body: { email } })
          setAsked(true)
        }}
      >
        {toSignIn}
      </OneFieldForm>
    </AuthLayout>
  )
}
