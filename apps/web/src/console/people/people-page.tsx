import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { UserPlus, Users } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatCompact } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Avatar } from '../../shell/avatar.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { Person } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { peopleQuery } from '../queries.ts'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { PasswordNotices } from './notices.tsx'
import { PersonCreator, PersonEditor } from './person-dialogs.tsx'
import { PersonMenu } from './person-menu.tsx'

export function PeoplePage() {
  const text = useText()
  const navigate = useNavigate()
  const [isAdding, setAdding] = useState(false)
  const [edited, setEdited] = useState<Person>()
  const { values, change } = useUrlFilter(['q', 'page'])
  const filter = { q: values.q || undefined, page: Number(values.page) || undefined }
  const { data, error, refetch } = useQuery(peopleQuery(filter))
  return (
    <ConsolePage
      title={text(consoleTexts.users)}
      lead={text(peopleTexts.lead)}
      actions={
        <Button variant="primary" onClick={() => setAdding(true)}>
          <UserPlus aria-hidden className="size-4" />
          {text(peopleTexts.add)}
        </Button>
      }
    >
      <PasswordNotices />
      <SearchInput label={text(peopleTexts.search)} value={values.q} onChange={(q) => change({ q, page: '' })} />
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.users)}
          columns={columnsOf(text, setEdited)}
          rows={data?.items}
          keyOf={(person) => person.id}
          isDimmed={(person) => !person.is_active}
          onOpen={({ id }) => void navigate({ to: '/console/users/$userId', params: { userId: id } })}
          empty={
            <EmptyState
              icon={<Users />}
              title={text(consoleTexts.nothingFound)}
              hint={text(consoleTexts.nothingFoundHint)}
            />
          }
        />
      )}
      {data !== undefined && <Pager {...data.pagination} onChange={(page) => change({ page: String(page) })} />}
      {isAdding && <PersonCreator onClose={() => setAdding(false)} />}
      {edited !== undefined && <PersonEditor person={edited} onClose={() => setEdited(undefined)} />}
    </ConsolePage>
  )
}

function columnsOf(text: Text, edit: (person: Person) => void): Column<Person>[] {
  return [
    {
      id: 'person',
      header: text(peopleTexts.person),
      cell: (person) => (
        <div className="flex items-center gap-3">
          <Avatar name={person.nickname ?? person.username} seed={person.id} />
          <div className="min-w-0">
            <Link
              to="/console/users/$userId"
              params={{ userId: person.id }}
              className="font-medium text-text hover:underline"
            >
              {person.nickname ?? person.username}
            </Link>
            <span className="block max-w-56 truncate text-xs text-muted">{person.email}</span>
          </div>
        </div>
      ),
    },
    {
      id: 'role',
      header: text(peopleTexts.role),
      cell: (person) => (
        <span className="flex flex-wrap gap-1">
          <Badge tone={person.role === 'admin' ? 'accent' : 'neutral'}>
            {text(person.role === 'admin' ? commonTexts.administrator : commonTexts.user)}
          </Badge>
          {person.mfa_enabled === true && <Badge tone="success">{text(peopleTexts.twoStep)}</Badge>}
          {!person.is_active && <Badge tone="danger">{text(peopleTexts.blocked)}</Badge>}
        </span>
      ),
    },
    { id: 'plan', header: text(peopleTexts.plan), hideBelow: 'large', cell: (person) => person.plan },
    {
      id: 'quota',
      header: text(peopleTexts.quota),
      hideBelow: 'medium',
      className: 'min-w-40',
      cell: (person) => <QuotaCell person={person} />,
    },
    {
      id: 'signed-in',
      header: text(peopleTexts.lastSignIn),
      hideBelow: 'medium',
      cell: (person) => (
        <span className="whitespace-nowrap text-muted">
          {person.last_login_at === null ? text(consoleTexts.never) : formatAgo(person.last_login_at)}
        </span>
      ),
    },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (person) => <PersonMenu person={person} onEdit={() => edit(person)} />,
    },
  ]
}

function QuotaCell({ person }: { readonly person: Person }) {
  const text = useText()
  const words = text(peopleTexts.quotaText, {
    used: formatCompact(person.token_used),
    quota: formatCompact(person.token_quota),
  })
  return (
    <div className="flex flex-col gap-1">
      <span className="text-xs text-muted tabular-nums">{words}</span>
      <Meter
        label={`${text(peopleTexts.quota)}: ${person.username}`}
        value={person.token_used}
        max={person.token_quota}
        valueText={words}
      />
    </div>
  )
}
