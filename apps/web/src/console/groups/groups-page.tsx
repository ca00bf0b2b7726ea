import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Plus, UsersRound } from 'lucide-react'
import { useState } from 'react'
import { formatNumber } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { LimitRule, UserGroup } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { limitText } from '../keys/limit-texts.ts'
import { limitRulesQuery, userGroupsQuery } from '../queries.ts'
import { GroupDialog } from './group-dialog.tsx'
import { limitsOf } from '../limits/subject-limits.tsx'
import { modelsText } from './group-texts.ts'

export function GroupsPage() {
  const text = useText()
  const navigate = useNavigate()
  const [isAdding, setAdding] = useState(false)
  const { data, error, refetch } = useQuery(userGroupsQuery)
  const { data: rules = [] } = useQuery(limitRulesQuery)
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-4" />
      {text(groupTexts.add)}
    </Button>
  )
  return (
    <ConsolePage title={text(groupTexts.title)} lead={text(groupTexts.lead)} actions={add}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(groupTexts.title)}
          columns={columnsOf(text, rules)}
          rows={data}
          keyOf={(group) => group.id}
          onOpen={({ id }) => void navigate({ to: '/console/groups/$groupId', params: { groupId: id } })}
          empty={
            <EmptyState
              icon={<UsersRound />}
              title={text(groupTexts.emptyTitle)}
              hint={text(groupTexts.emptyHint)}
              action={add}
            />
          }
        />
      )}
      {isAdding && <GroupDialog onClose={() => setAdding(false)} />}
    </ConsolePage>
  )
}

function columnsOf(text: Text, rules: readonly LimitRule[]): Column<UserGroup>[] {
  return [
    {
      id: 'group',
      header: text(groupTexts.title),
      cell: (group) => (
        <>
          <Link
            to="/console/groups/$groupId"
            params={{ groupId: group.id }}
            className="font-medium text-text hover:underline"
          >
            {group.name}
          </Link>
          <span className="block max-w-72 truncate text-xs text-muted">{group.description}</span>
        </>
      ),
    },
    {
      id: 'models',
      header: text(groupTexts.models),
      hideBelow: 'medium',
      cell: (group) => <span className="block max-w-72 truncate">{modelsText(group, text)}</span>,
    },
    {
      id: 'limits',
      header: text(groupTexts.limits),
      hideBelow: 'large',
      cell: (group) => (
        <span className="text-muted">
          {limitsOf({ kind: 'group', id: group.id }, rules)
            .map((rule) => limitText(rule, text))
            .join(' · ') || '–'}
        </span>
      ),
    },
    {
      id: 'members',
      header: text(groupTexts.members),
      isNumber: true,
      cell: (group) => formatNumber(group.members),
    },
  ]
}
