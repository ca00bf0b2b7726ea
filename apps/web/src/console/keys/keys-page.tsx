import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Download, KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatCost, formatDate } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { Pager } from '../../ui/pager.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { ListedApiKey } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { FilterBar } from '../filter-bar.tsx'
import { useNames } from '../names.ts'
import { type KeyFilter, type KeyScope, keysQuery, type KeyState, queryString } from '../queries.ts'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { KeyCreator } from './key-dialogs.tsx'
import { KeyMenu } from './key-menu.tsx'
import { KeyStateBadge, keyStateTexts } from './key-state.tsx'
import { limitText } from './limit-texts.ts'

export function KeysPage() {
  return <KeyList scope="all" />
}

export function MyKeysPage() {
  return <KeyList scope="own" />
}

function KeyList({ scope }: { readonly scope: KeyScope }) {
  const text = useText()
  const navigate = useNavigate()
  const [isAdding, setAdding] = useState(false)
  const { values, change } = useUrlFilter(['q', 'state', 'page'])
  const filter: KeyFilter = {
    q: values.q || undefined,
    state: keyStates.find((state) => state === values.state),
    page: Number(values.page) || undefined,
  }
  const names = useNames(scope === 'all')
  const { data, error, refetch } = useQuery(keysQuery(scope, filter))
  const isFiltered = (filter.q ?? '') !== '' || filter.state !== undefined
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-4" />
      {text(keyTexts.add)}
    </Button>
  )
  const exportCsv = () =>
    downloadFrom(`/admin/api-keys/export.csv${queryString({ q: filter.q, state: filter.state })}`, 'api-keys.csv')
  return (
    <ConsolePage
      title={text(scope === 'all' ? consoleTexts.keys : consoleTexts.myKeys)}
      lead={text(scope === 'all' ? keyTexts.lead : keyTexts.leadOwn)}
      actions={
        <>
          {scope === 'all' && (
            <Button onClick={() => void exportCsv()}>
              <Download aria-hidden className="size-4" />
              {text(consoleTexts.exportCsv)}
            </Button>
          )}
          {add}
        </>
      }
    >
      {scope === 'all' && <KeyFilters filter={filter} onChange={change} />}
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.keys)}
          columns={columnsOf(scope, text, names.person)}
          rows={data?.items}
          keyOf={(key) => key.id}
          isDimmed={(key) => !key.enabled || key.deleted_at !== null}
          onOpen={(key) => void navigate({ to: pageOf[scope], params: { keyId: key.id } })}
          empty={
            isFiltered ? (
              <EmptyState title={text(commonTexts.nothingFound)} hint={text(consoleTexts.nothingFoundHint)} />
            ) : (
              <EmptyState
                icon={<KeyRound />}
                title={text(keyTexts.emptyTitle)}
                hint={text(keyTexts.emptyHint)}
                action={add}
              />
            )
          }
        />
      )}
      {data !== undefined && <Pager {...data.pagination} onChange={(page) => change({ page: String(page) })} />}
      {isAdding && <KeyCreator scope={scope} onClose={() => setAdding(false)} />}
    </ConsolePage>
  )
}

const keyStates = Object.keys(keyStateTexts) as KeyState[]
const pageOf = { all: '/console/keys/$keyId', own: '/console/my-keys/$keyId' } as const

interface KeyFiltersProps {
  readonly filter: KeyFilter
  readonly onChange: (changes: { readonly q?: string; readonly state?: string; readonly page: string }) => void
}

function KeyFilters({ filter, onChange }: KeyFiltersProps) {
  const text = useText()
  return (
    <FilterBar>
      <SearchInput label={text(keyTexts.search)} value={filter.q ?? ''} onChange={(q) => onChange({ q, page: '' })} />
      <Select
        aria-label={text(consoleTexts.state)}
        value={filter.state ?? ''}
        onChange={(event) => onChange({ state: event.target.value, page: '' })}
        className="max-w-44"
      >
        <option value="">{text(keyTexts.anyState)}</option>
        {Object.entries(keyStateTexts).map(([state, label]) => (
          <option key={state} value={state}>
            {text(label)}
          </option>
        ))}
      </Select>
    </FilterBar>
  )
}

function columnsOf(scope: KeyScope, text: Text, nameOf: (id: string) => string): Column<ListedApiKey>[] {
  const owner: Column<ListedApiKey> = {
    id: 'owner',
    header: text(keyTexts.owner),
    hideBelow: 'medium',
    cell: (key) =>
      key.user_id === null ? <span className="text-muted">{text(keyTexts.noOwner)}</span> : nameOf(key.user_id),
  }
  return [
    {
      id: 'name',
      header: text(keyTexts.key),
      className: 'min-w-40',
      cell: (key) => (
        <>
          <Link to={pageOf[scope]} params={{ keyId: key.id }} className="font-medium text-text hover:underline">
            {key.name}
          </Link>
          <code className="block text-xs text-muted">{key.hint}</code>
        </>
      ),
    },
    { id: 'state', header: text(consoleTexts.state), cell: (key) => <KeyStateBadge apiKey={key} /> },
    ...(scope === 'all' ? [owner] : []),
    {
      id: 'limits',
      header: text(keyTexts.limits),
      hideBelow: 'medium',
      cell: (key) =>
        key.limits.length === 0 ? (
          <span className="text-muted">{text(keyTexts.noLimits)}</span>
        ) : (
          <span className="flex max-w-72 flex-col">
            {key.limits.slice(0, 2).map((limit) => (
              <span key={limit.what + limit.per}>{limitText(limit, text)}</span>
            ))}
            {key.limits.length > 2 && <span className="text-muted">+{key.limits.length - 2}</span>}
          </span>
        ),
    },
    {
      id: 'cost',
      header: text(usageTexts.monthCost),
      isNumber: true,
      hideBelow: 'large',
      cell: (key) => formatCost(key.month_cost_usd),
    },
    {
      id: 'expires',
      header: text(keyTexts.expires),
      hideBelow: 'large',
      cell: (key) => (
        <span className="whitespace-nowrap text-muted">
          {key.ends_at === null ? text(keyTexts.expiresNever) : formatDate(key.ends_at)}
        </span>
      ),
    },
    {
      id: 'used',
      header: text(consoleTexts.lastUsed),
      hideBelow: 'medium',
      cell: (key) => (
        <span className="whitespace-nowrap text-muted">
          {key.last_used_at === null ? text(consoleTexts.never) : formatAgo(key.last_used_at)}
        </span>
      ),
    },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (key) => <KeyMenu scope={scope} apiKey={key} />,
    },
  ]
}
