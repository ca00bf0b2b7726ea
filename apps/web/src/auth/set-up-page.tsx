import { authTexts } from '@parley/contract/page-texts/auth.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { ArrowRight, MessageSquareText, PlugZap } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { call } from '../api/client.ts'
import { appInfoQuery, setupQuery } from '../api/queries.ts'
import { type Session, session } from '../api/session.ts'
import { useText } from '../i18n/language.ts'
import { buttonClasses } from '../ui/button.tsx'
import { AuthLayout } from './auth-layout.tsx'
import { CredentialsForm } from './credentials-form.tsx'

/** The first start: make the administrator, then choose between a provider and the simulated model. */
export function SetUpPage() {
  const text = useText()
  const { data: setup } = useQuery(setupQuery)
  const { data: app } = useQuery(appInfoQuery)
  // The token is behind the #, so that it reaches no server's log on its way here.
  const [token] = useState(() => location.hash.slice(1))
  const [isMade, setMade] = useState(false)
  if (isMade) return <FirstSteps />
  if (setup?.is_needed === false) {
    return (
      <AuthLayout title={text(authTexts.setUpDone)} lead={text(authTexts.setUpDoneHint)}>
        <Link to="/sign-in" className={buttonClasses('primary')}>
          {text(authTexts.signIn)}
        </Link>
      </AuthLayout>
    )
  }
  if (token === '') {
    return (
      <AuthLayout title={text(authTexts.setUpLinkMissing)} lead={text(authTexts.setUpLinkHint)}>
        {null}
      </AuthLayout>
    )
  }
  return (
    <AuthLayout title={text(authTexts.setUp)} lead={text(authTexts.setUpLead)}>
      <CredentialsForm
        isNew
        minimumLength={app?.minimum_password_length ?? 8}
        submitLabel={text(authTexts.makeAdmin)}
        onSubmit={async (credentials) => {
          session.set(await call<Session>('POST', '/api/setup', { body: { token, ...credentials } }))
          setMade(true)
        }}
      />
    </AuthLayout>
  )
}

function FirstSteps() {
  const text = useText()
  const navigate = useNavigate()
  return (
    <AuthLayout title={text(authTexts.firstSteps)} lead={text(authTexts.firstStepsLead)}>
      <div className="flex flex-col gap-3">
        <Choice
          icon={<MessageSquareText />}
          title={text(authTexts.trySimulator)}
          hint={text(authTexts.trySimulatorHint)}
          onChoose={() => void navigate({ to: '/' })}
        />
        <Choice
          icon={<PlugZap />}
          title={text(authTexts.addProvider)}
          hint={text(authTexts.addProviderHint)}
          onChoose={() => void navigate({ to: '/console/accounts', search: { new: 1 } })}
        />
      </div>
    </AuthLayout>
  )
}

interface ChoiceProps {
  readonly icon: ReactNode
  readonly title: string
  readonly hint: string
  readonly onChoose: () => void
}

function Choice({ icon, title, hint, onChoose }: ChoiceProps) {
  return (
    <button
      type="button"
      onClick={onChoose}
      className="flex items-center gap-3 rounded-xl border p-4 text-left transition-colors hover:bg-hover"
    >
      <span aria-hidden className="text-accent-ink [&>svg]:size-6">
        {icon}
      </span>
      <span className="flex-1">
        <span className="block font-medium">{title}</span>
        <span className="block text-sm text-muted">{hint}</span>
      </span>
      <ArrowRight aria-hidden className="size-4 text-muted" />
    </button>
  )
}
