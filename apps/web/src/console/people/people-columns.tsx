import { peopleTexts } from '@parley/contract/page-texts/console-system.ts'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Link } from '@tanstack/react-router'
import { call } from '../../api/client.ts'
import { formatAgo, formatCompact, formatCost } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Avatar } from '../../shell/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Meter } from '../../ui/meter.tsx'
import type { Column, ColumnSort } from '../../ui/table.tsx'
import type { ListedPerson, Person } from '../api-types.ts'
import type { Names } from '../names.ts'
import { useAction } from '../queries.ts'
import { PersonMenu } from './person-menu.tsx'
import { PersonBadges } from './person-status.tsx'

export interface Sorting {
  readonly by: string
  readonly direction: 'asc' | 'desc'
  readonly onChange: (by: string, direction: 'asc' | 'desc') => void
}

export interface PeopleColumnsOptions {
  readonly text: Text
  readonly names: Names
  readonly sorting: Sorting
  readonly edit: (person: Person) => void
}

export function peopleColumns({ text, names, sorting, edit }: PeopleColumnsOptions): Column<ListedPerson>[] {
  return [
    {
      id: 'person',
      header: text(peopleTexts.person),
      sort: sortOf('name', 'asc', sorting),
      cell: (person) => <Name person={person} />,
    },
    { id: 'role', header: text(peopleTexts.role), cell: (person) => <PersonBadges person={person} /> },
    {
      id: 'group',
      header: text(peopleTexts.group),
      hideBelow: 'large',
      cell: (person) =>
        person.group_id === null ? <span className="text-muted">–</span> : names.group(person.group_id),
    },
    {
      id: 'quota',
      header: text(peopleTexts.quota),
      hideBelow: 'medium',
      className: 'min-w-32',
      sort: sortOf('tokens', 'desc', sorting),
      cell: (person) => <QuotaCell person={person} />,
    },
    {
      id: 'cost',
      header: text(usageTexts.monthCost),
      isNumber: true,
      hideBelow: 'large',
      sort: sortOf('cost', 'desc', sorting),
      cell: (person) => formatCost(person.month_cost_usd),
    },
    {
      id: 'seen',
      header: text(peopleTexts.lastSeen),
      hideBelow: 'medium',
      sort: sortOf('last_seen', 'desc', sorting),
      cell: (person) => (
        <span className="whitespace-nowrap text-muted">
          {person.last_seen_at === null ? text(consoleTexts.never) : formatAgo(person.last_seen_at)}
        </span>
      ),
    },
    {
      id: 'created',
      header: text(consoleTexts.created),
      hideBelow: 'large',
      sort: sortOf('created', 'desc', sorting),
      cell: (person) => <span className="whitespace-nowrap text-muted">{formatAgo(person.created_at)}</span>,
    },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (person) => (
        <span className="flex items-center justify-end gap-2">
          {person.status === 'pending' && <LetIn person={person} />}
          <PersonMenu person={person} onEdit={() => edit(person)} />
        </span>
      ),
    },
  ]
}

function sortOf(by: string, first: 'asc' | 'desc', sorting: Sorting): ColumnSort {
  const isSorted = sorting.by === by
  const other = sorting.direction === 'asc' ? 'desc' : 'asc'
  return {
    direction: isSorted ? sorting.direction : undefined,
    onToggle: () => sorting.onChange(by, isSorted ? other : first),
  }
}

function Name({ person }: { readonly person: Person }) {
  return (
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
        <span className="block max-w-48 truncate text-xs text-muted 2xl:max-w-64">{person.email}</span>
      </div>
    </div>
  )
}

function LetIn({ person }: { readonly person: Person }) {
  const text = useText()
  const letIn = useAction({
    run: () => call('PATCH', `/admin/users/${person.id}`, { body: { is_active: true } }),
    changes: ['people'],
  })
  return (
    <Button
      size="small"
      variant="primary"
      isBusy={letIn.isPending}
      aria-label={`${text(peopleTexts.letIn)}: ${person.username}`}
      onClick={() => letIn.mutate()}
    >
      {text(peopleTexts.letIn)}
    </Button>
  )
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
