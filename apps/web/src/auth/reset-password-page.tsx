import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery } from '../api/queries.ts'
import { endSession } from '../api/session.ts'
import { useText } from '../i18n/language.ts'
import { showToast } from '../ui/toast.tsx'
import { AuthLayout } from './auth-layout.tsx'
import { OneFieldForm } from './one-field-form.tsx'

/** Where the link to a new password leads. What is behind its # is not sent to anybody by opening it. */
export function ResetPasswordPage() {
  const text = useText()
  const navigate = useNavigate()
  const { data: app } = useQuery(appInfoQuery)
  const [token] = useState(() => location.hash.slice(1))
  const minimum = app?.minimum_password_length ?? 8
  if (token === '') return <AuthLayout title={text(authTexts.forgotTitle)} lead={text(authTexts.resetLinkMissing)} />
  return (
    <AuthLayout title={text(authTexts.forgotTitle)} lead={text(authTexts.resetLead)}>
      <OneFieldForm
        label={text(settingsTexts.newPassword)}
        hint={text(authTexts.passwordHint, { count: minimum })}
        type="password"
        autoComplete="new-password"
        minLength={minimum}
        maxLength={1024}
        submitLabel={text(authTexts.resetSave)}
        onSubmit={async (password) => {
          await call('POST', '/api/auth/password/reset', { body: { token, password } })
          endSession({ isWished: true })
          showToast(text(authTexts.resetDone), { tone: 'success' })
          await navigate({ to: '/sign-in' })
        }}
      />
    </AuthLayout>
  )
}
