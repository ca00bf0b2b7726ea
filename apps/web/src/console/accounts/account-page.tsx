import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Activity, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatCost, formatDateTime, formatNumber } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Table } from '../../ui/table.tsx'
import type { Account, SeenLimits } from '../api-types.ts'
import { ConsolePage, type Fact, Facts, Section, TagList } from '../console-page.tsx'
import { doorName } from '../keys/door-names.ts'
import { SubjectLimits } from '../limits/subject-limits.tsx'
import { accountQuery } from '../queries.ts'
import { reasonText } from '../../i18n/reason-text.ts'
import { SubjectUsage } from '../usage/subject-usage.tsx'
import { useAccountActions } from './account-actions.ts'
import { AccountStateBadge, kindTexts } from './account-look.tsx'
import { AccountMenu } from './account-menu.tsx'
import { AccountTestDialog } from './account-test.tsx'

export function AccountPage() {
  const text = useText()
  const navigate = useNavigate()
  const { accountId = '' } = useParams({ strict: false })
  const [isTesting, setTesting] = useState(false)
  const { data: account, error, refetch } = useQuery(accountQuery(accountId))
  return (
    <ConsolePage
      title={account?.name ?? '…'}
      parent={{ to: '/console/accounts', label: text(consoleTexts.accounts) }}
      {...(account === undefined
        ? {}
        : {
            lead: (
              <span className="flex flex-wrap items-center gap-2">
                {text(kindTexts[account.kind])}
                <AccountStateBadge state={account.state} />
              </span>
            ),
            actions: (
              <>
                <Button onClick={() => setTesting(true)}>
                  <Activity aria-hidden className="size-4" />
                  {text(accountTexts.test)}
                </Button>
                <AccountMenu account={account} onRemoved={() => navigate({ to: '/console/accounts' })} />
              </>
            ),
          })}
    >
      {account === undefined ? (
        error === null ? (
          <Skeleton className="h-48" />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <Holds account={account} />
          <Section title={text(accountTexts.configuration)}>
            <Facts facts={factsOf(account, text)} />
          </Section>
          <Models account={account} />
          {account.seen_limits !== null && <UpstreamLimits seen={account.seen_limits} />}
          <SubjectLimits subject={{ kind: 'account', id: account.id }} />
          <Section title={text(keyTexts.usageTitle)}>
            <SubjectUsage by="account" subject={account.id} />
          </Section>
          {account.notes !== '' && (
            <Section title={text(consoleTexts.notes)}>
              <p className="whitespace-pre-wrap">{account.notes}</p>
            </Section>
          )}
          {isTesting && <AccountTestDialog account={account} onClose={() => setTesting(false)} />}
        </>
      )}
    </ConsolePage>
  )
}

/** What keeps calls away from it, and the button that ends that. */
function Holds({ account }: { readonly account: Account }) {
  const text = useText()
  const { reset } = useAccountActions(account)
  if (account.holds.length === 0 && account.problem === null) return null
  return (
    <section className="flex flex-col gap-2 rounded-xl border border-danger/40 bg-danger-soft p-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 className="text-base text-danger">{text(accountTexts.holdsTitle)}</h2>
        {account.holds.length > 0 && (
          <Button size="small" isBusy={reset.isPending} onClick={() => reset.mutate()}>
            <RotateCcw aria-hidden className="size-4" />
            {text(accountTexts.reset)}
          </Button>
        )}
      </div>
      <ul className="flex flex-col gap-1 text-sm">
        {account.problem !== null && <li>{reasonText(account.problem)}</li>}
        {account.holds.map((hold) => (
          <li key={`${hold.model}`}>
            <span className="font-medium">{hold.model ?? text(accountTexts.holdWhole)}</span>
            {' · '}
            {reasonText(hold.reason)}
            {' · '}
            {hold.until === null
              ? text(accountTexts.holdUntilReset)
              : text(accountTexts.holdUntil, { time: formatDateTime(hold.until) })}
          </li>
        ))}
      </ul>
    </section>
  )
}

function factsOf(account: Account, text: Text): Fact[] {
  const code = (value: string | null) => value && <code className="text-xs break-all">{value}</code>
  const most = account.max_concurrency === null ? text(consoleTexts.unlimited) : formatNumber(account.max_concurrency)
  const expiresAt = account.oauth?.expires_at ?? null
  return [
    [text(accountTexts.callsNow), `${formatNumber(account.active_calls)} / ${most}`],
    [text(accountTexts.order), `${account.priority} · ${account.weight}`],
    [text(accountTexts.dailyBudget), account.daily_budget !== null && formatCost(account.daily_budget)],
    [text(accountTexts.groups), account.groups.join(', ')],
    [text(accountTexts.scheduling), !account.schedulable && text(accountTexts.onlyPinned)],
    [text(accountTexts.apiKey), code(account.api_key)],
    [text(accountTexts.oauthExpires), expiresAt && formatDateTime(expiresAt)],
    [text(accountTexts.baseUrl), code(account.base_url)],
    [text(accountTexts.proxy), code(account.proxy)],
    [text(accountTexts.wires), account.wires?.map(doorName).join(', ')],
    [text(accountTexts.headers), code(Object.keys(account.headers).join(', '))],
    [text(consoleTexts.created), formatDateTime(account.created_at)],
    [
      text(consoleTexts.lastUsed),
      account.last_used_at === null ? text(consoleTexts.never) : formatAgo(account.last_used_at),
    ],
    [text(consoleTexts.tags), account.tags.length > 0 && <TagList tags={account.tags} />],
  ]
}

function Models({ account }: { readonly account: Account }) {
  const text = useText()
  return (
    <Section title={text(accountTexts.servesTitle)}>
      {account.models === null ? (
        <p className="text-muted">{text(accountTexts.allModels)}</p>
      ) : (
        <Table
          caption={text(accountTexts.servesTitle)}
          rows={Object.entries(account.models)}
          keyOf={([name]) => name}
          columns={[
            {
              id: 'name',
              header: text(accountTexts.publicName),
              cell: ([name]) => <code className="text-xs">{name}</code>,
            },
            {
              id: 'upstream',
              header: text(accountTexts.upstreamName),
              cell: ([, upstream]) => <code className="text-xs">{upstream}</code>,
            },
          ]}
        />
      )}
    </Section>
  )
}

function UpstreamLimits({ seen }: { readonly seen: SeenLimits }) {
  const text = useText()
  const number = (value: number | null) => (value === null ? '–' : formatNumber(value))
  return (
    <Section title={text(accountTexts.seenLimits, { ago: formatAgo(seen.at) })}>
      <Table
        caption={text(accountTexts.seenLimitsCaption)}
        rows={seen.limits}
        keyOf={(limit) => limit.name}
        columns={[
          { id: 'name', header: text(accountTexts.limitName), cell: (limit) => limit.name },
          {
            id: 'remaining',
            header: text(accountTexts.limitRemaining),
            isNumber: true,
            cell: (limit) => `${number(limit.remaining)} / ${number(limit.limit)}`,
          },
          {
            id: 'resets',
            header: text(accountTexts.limitResets),
            cell: (limit) => (limit.resets_at === null ? (limit.status ?? '–') : formatDateTime(limit.resets_at)),
          },
        ]}
      />
    </Section>
  )
}
