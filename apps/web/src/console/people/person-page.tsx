import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { limitTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatDateTime, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { Person } from '../api-types.ts'
import { ConsolePage, Facts, Section } from '../console-page.tsx'
import { ChargeField } from '../limits/charge-field.tsx'
import { personQuery } from '../queries.ts'
import { Calls } from '../usage/calls.tsx'
import { SubjectUsage } from '../usage/subject-usage.tsx'
import { PersonEditor } from './person-dialogs.tsx'
import { PersonMenu } from './person-menu.tsx'

export function PersonPage() {
  const text = useText()
  const { userId = '' } = useParams({ strict: false })
  const [isEditing, setEditing] = useState(false)
  const { data: person, error, refetch } = useQuery(personQuery(userId))
  const parent = { to: '/console/users', label: text(consoleTexts.users) } as const
  if (person === undefined) {
    return (
      <ConsolePage title="…" parent={parent}>
        {error === null ? <Skeleton className="h-48" /> : <ErrorState error={error} onRetry={() => void refetch()} />}
      </ConsolePage>
    )
  }
  return (
    <ConsolePage
      title={person.nickname ?? person.username}
      parent={parent}
      lead={<PersonLead person={person} />}
      actions={
        <>
          <Button onClick={() => setEditing(true)}>
            <Pencil aria-hidden className="size-4" />
            {text(commonTexts.edit)}
          </Button>
          <PersonMenu person={person} />
        </>
      }
    >
      <PersonFacts person={person} />
      <Section title={text(limitTexts.charging)}>
        <ChargeField kind="user" id={person.id} />
      </Section>
      <Section title={text(keyTexts.usageTitle)}>
        <SubjectUsage by="user" subject={person.id} />
      </Section>
      <Section title={text(keyTexts.recentCalls)}>
        <Calls filter={{ user_id: person.id }} />
      </Section>
      {isEditing && <PersonEditor person={person} onClose={() => setEditing(false)} />}
    </ConsolePage>
  )
}

function PersonLead({ person }: { readonly person: Person }) {
  const text = useText()
  return (
    <span className="flex flex-wrap items-center gap-2">
      {person.email}
      <Badge tone={person.role === 'admin' ? 'accent' : 'neutral'}>
        {text(person.role === 'admin' ? commonTexts.administrator : commonTexts.user)}
      </Badge>
      {person.mfa_enabled === true && <Badge tone="success">{text(peopleTexts.twoStep)}</Badge>}
      {!person.is_active && <Badge tone="danger">{text(peopleTexts.blocked)}</Badge>}
    </span>
  )
}

function PersonFacts({ person }: { readonly person: Person }) {
  const text = useText()
  const used = text(peopleTexts.quotaText, {
    used: formatNumber(person.token_used),
    quota: formatNumber(person.token_quota),
  })
  return (
    <Facts
      facts={[
        [text(usageTexts.quota), used],
        [text(peopleTexts.plan), person.plan],
        [text(peopleTexts.username), person.username],
        [text(consoleTexts.created), formatDateTime(person.created_at)],
        [
          text(peopleTexts.lastSignIn),
          person.last_login_at === null ? text(consoleTexts.never) : formatAgo(person.last_login_at),
        ],
      ]}
    />
  )
}
