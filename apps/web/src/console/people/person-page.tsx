import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { limitTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatDateTime, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import type { Person } from '../api-types.ts'
import { ConsolePage, Facts, Section } from '../console-page.tsx'
import { ChargeField } from '../limits/charge-field.tsx'
import { SubjectLimits } from '../limits/subject-limits.tsx'
import { LoadedPage } from '../loaded-page.tsx'
import { useNames } from '../names.ts'
import { personQuery } from '../queries.ts'
import { Calls } from '../usage/calls.tsx'
import { SubjectUsage } from '../usage/subject-usage.tsx'
import { PersonEditor } from './person-dialogs.tsx'
import { PersonMenu } from './person-menu.tsx'
import { PersonSessions } from './person-sessions.tsx'
import { PersonBadges } from './person-status.tsx'

export function PersonPage() {
  const text = useText()
  const { userId = '' } = useParams({ strict: false })
  return (
    <LoadedPage
      query={personQuery(userId)}
      parent={{ to: '/console/users', label: text(consoleTexts.users) }}
      page={(person) => <OnePerson person={person} />}
    />
  )
}

function OnePerson({ person }: { readonly person: Person }) {
  const text = useText()
  const navigate = useNavigate()
  const [isEditing, setEditing] = useState(false)
  return (
    <ConsolePage
      title={person.nickname ?? person.username}
      parent={{ to: '/console/users', label: text(consoleTexts.users) }}
      lead={<PersonLead person={person} />}
      actions={
        <>
          <Button onClick={() => setEditing(true)}>
            <Pencil aria-hidden className="size-4" />
            {text(commonTexts.edit)}
          </Button>
          <PersonMenu person={person} onRemoved={() => navigate({ to: '/console/users' })} />
        </>
      }
    >
      <PersonFacts person={person} />
      <PersonSessions userId={person.id} />
      <SubjectLimits subject={{ kind: 'user', id: person.id }} emptyHint={text(limitTexts.noneOfUser)} />
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
  return (
    <span className="flex flex-wrap items-center gap-2">
      {person.email}
      <PersonBadges person={person} />
    </span>
  )
}

function PersonFacts({ person }: { readonly person: Person }) {
  const text = useText()
  const names = useNames()
  const agoText = (time: string | null) => (time === null ? text(consoleTexts.never) : formatAgo(time))
  const used = text(peopleTexts.quotaText, {
    used: formatNumber(person.token_used),
    quota: formatNumber(person.token_quota),
  })
  return (
    <Facts
      facts={[
        [text(usageTexts.quota), used],
        [text(peopleTexts.group), person.group_id === null ? text(groupTexts.none) : names.group(person.group_id)],
        [text(peopleTexts.plan), person.plan],
        [text(peopleTexts.username), person.username],
        [text(consoleTexts.created), formatDateTime(person.created_at)],
        [text(peopleTexts.lastSignIn), agoText(person.last_login_at)],
        [text(peopleTexts.lastSeen), agoText(person.last_seen_at)],
      ]}
    />
  )
}
