import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { explainTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Network, Plus, Route } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatNumber } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type Account, accountKinds } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { FilterBar } from '../filter-bar.tsx'
import { accountsQuery } from '../queries.ts'
import { reasonText } from '../../i18n/reason-text.ts'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { AccountStateBadge, kindTexts } from './account-look.tsx'
import { AccountMenu } from './account-menu.tsx'
import { AccountWizard } from './account-wizard.tsx'
import { ExplainDialog } from './explain-dialog.tsx'

export function AccountsPage() {
  const text = useText()
  const navigate = useNavigate()
  const [isAsking, setAsking] = useState(false)
  const { values, change } = useUrlFilter(['q', 'kind', 'new'])
  // The first administrator is sent here to add one.
  const [isAdding, setAdding] = useState(values.new !== '')
  const { data, error, refetch } = useQuery(accountsQuery)
  const shown = data?.filter((account) => matches(account, values.q, values.kind))
  const add = (
    <Button variant="primary" onClick={() => setAdding(true)}>
      <Plus aria-hidden className="size-4" />
      {text(accountTexts.add)}
    </Button>
  )
  return (
    <ConsolePage
      title={text(consoleTexts.accounts)}
      lead={text(accountTexts.lead)}
      actions={
        <>
          <Button onClick={() => setAsking(true)}>
            <Route aria-hidden className="size-4" />
            {text(explainTexts.title)}
          </Button>
          {add}
        </>
      }
    >
      {data !== undefined && data.length > 0 && (
        <Filters
          words={values.q}
          onWords={(q) => change({ q })}
          kind={values.kind}
          onKind={(kind) => change({ kind })}
        />
      )}
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.accounts)}
          columns={columnsOf(text)}
          rows={shown}
          keyOf={(account) => account.id}
          isDimmed={(account) => account.state === 'paused'}
          onOpen={(account) => void navigate({ to: '/console/accounts/$accountId', params: { accountId: account.id } })}
          empty={
            data?.length === 0 ? (
              <EmptyState
                icon={<Network />}
                title={text(accountTexts.emptyTitle)}
                hint={text(accountTexts.emptyHint)}
                action={add}
              />
            ) : (
              <EmptyState title={text(commonTexts.nothingFound)} hint={text(consoleTexts.nothingFoundHint)} />
            )
          }
        />
      )}
      {isAsking && <ExplainDialog onClose={() => setAsking(false)} />}
      {isAdding && (
        <AccountWizard
          onClose={() => {
            setAdding(false)
            change({ new: '' })
          }}
        />
      )}
    </ConsolePage>
  )
}

interface FiltersProps {
  readonly words: string
  readonly onWords: (words: string) => void
  readonly kind: string
  readonly onKind: (kind: string) => void
}

function Filters({ words, onWords, kind, onKind }: FiltersProps) {
  const text = useText()
  return (
    <FilterBar>
      <SearchInput label={text(accountTexts.search)} value={words} onChange={onWords} />
      <Select
        aria-label={text(consoleTexts.kind)}
        value={kind}
        onChange={(event) => onKind(event.target.value)}
        className="max-w-56"
      >
        <option value="">{text(accountTexts.anyKind)}</option>
        {accountKinds.map((each) => (
          <option key={each} value={each}>
            {text(kindTexts[each])}
          </option>
        ))}
      </Select>
    </FilterBar>
  )
}

function matches(account: Account, words: string, kind: string): boolean {
  const wanted = words.trim().toLowerCase()
  return (
    (kind === '' || account.kind === kind) &&
    [account.name, account.notes, ...account.tags].some((part) => part.toLowerCase().includes(wanted))
  )
}

function columnsOf(text: Text): Column<Account>[] {
  return [
    {
      id: 'name',
      header: text(commonTexts.name),
      className: 'min-w-44',
      cell: (account) => (
        <>
          <Link
            to="/console/accounts/$accountId"
            params={{ accountId: account.id }}
            className="font-medium text-text hover:underline"
          >
            {account.name}
          </Link>
          <span className="block text-xs text-muted">{text(kindTexts[account.kind])}</span>
        </>
      ),
    },
    {
      id: 'state',
      header: text(consoleTexts.state),
      cell: (account) => (
        <div className="flex flex-col items-start gap-0.5">
          <AccountStateBadge state={account.state} />
          <Reason account={account} />
        </div>
      ),
    },
    {
      id: 'calls',
      header: text(accountTexts.callsNow),
      isNumber: true,
      hideBelow: 'medium',
      cell: (account) => {
        const most = account.max_concurrency === null ? '' : ` / ${formatNumber(account.max_concurrency)}`
        return `${formatNumber(account.active_calls)}${most}`
      },
    },
    {
      id: 'order',
      header: text(accountTexts.order),
      isNumber: true,
      hideBelow: 'medium',
      cell: (account) => `${account.priority} · ${account.weight}`,
    },
    {
      id: 'models',
      header: text(accountTexts.modelsLabel),
      hideBelow: 'large',
      cell: (account) =>
        account.models === null ? (
          <span className="text-muted">{text(accountTexts.allModels)}</span>
        ) : (
          <span className="block max-w-56 truncate">{Object.keys(account.models).join(', ')}</span>
        ),
    },
    {
      id: 'used',
      header: text(consoleTexts.lastUsed),
      hideBelow: 'medium',
      cell: (account) => (
        <span className="whitespace-nowrap text-muted">
          {account.last_used_at === null ? text(consoleTexts.never) : formatAgo(account.last_used_at)}
        </span>
      ),
    },
    {
      id: 'actions',
      header: text(consoleTexts.actions),
      isAction: true,
      cell: (account) => <AccountMenu account={account} />,
    },
  ]
}

/** The first reason; the rest is on the account's own page. */
function Reason({ account }: { readonly account: Account }) {
  const reason = account.problem ?? account.holds[0]?.reason
  if (reason === undefined) return null
  const words = reasonText(reason)
  return (
    <span title={words} className="block max-w-64 truncate text-xs text-muted">
      {words}
    </span>
  )
}
