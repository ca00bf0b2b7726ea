import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Activity, Gauge } from 'lucide-react'
import { useState } from 'react'
import { formatCompact, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Segments } from '../../ui/choice.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Stat } from '../../ui/stat.tsx'
import { AccountStateBadge } from '../accounts/account-look.tsx'
import type { Dashboard } from '../api-types.ts'
import { ConsolePage, Section } from '../console-page.tsx'
import { useNames } from '../names.ts'
import { dashboardQuery } from '../queries.ts'
import { FirstSteps } from './first-steps.tsx'
import { rangeTexts } from './range-texts.ts'
import { TopList } from './top-list.tsx'
import { UsageCharts } from './usage-charts.tsx'
import { type Range, spanOf, sumsOf } from './usage-series.ts'
import { UsageStats } from './usage-stats.tsx'

/** What the dashboard's one answer has rows of. */
const dashboardRanges = ['24h', '7d', '30d'] as const satisfies readonly Range[]

export function DashboardPage() {
  const text = useText()
  const [range, setRange] = useState<(typeof dashboardRanges)[number]>('24h')
  const { data, error, refetch } = useQuery(dashboardQuery)
  const span = spanOf(range, data === undefined ? Date.now() : Date.parse(data.at))
  const first = span.times[0] ?? 0
  const rows = data && (range === '24h' ? data.hours : data.days).filter((row) => Date.parse(row.time) >= first)
  if (error !== null && data === undefined) {
    return (
      <ConsolePage title={text(consoleTexts.dashboard)}>
        <ErrorState error={error} onRetry={() => void refetch()} />
      </ConsolePage>
    )
  }
  return (
    <ConsolePage
      title={text(consoleTexts.dashboard)}
      lead={text(usageTexts.dashboardLead)}
      actions={
        <Segments
          label={text(usageTexts.range)}
          value={range}
          onChange={setRange}
          choices={dashboardRanges.map((value) => ({ value, label: text(rangeTexts[value]) }))}
        />
      }
    >
      {data?.accounts.list.every(({ kind }) => kind === 'simulator') === true && <FirstSteps />}
      <UsageStats sums={rows && sumsOf(rows)}>
        <Stat
          icon={<Activity aria-hidden />}
          label={text(usageTexts.perMinuteNow)}
          value={data && formatNumber(data.requests_per_minute, { maximumFractionDigits: 1 })}
          note={data && text(usageTexts.callsNow, { count: formatNumber(data.accounts.active_calls) })}
        />
        <Stat
          icon={<Gauge aria-hidden />}
          label={text(usageTexts.tokensPerMinuteNow)}
          value={data && formatCompact(data.tokens_per_minute)}
          note={text(usageTexts.lastFiveMinutes)}
        />
      </UsageStats>
      <UsageCharts rows={rows} span={span} />
      {data !== undefined && <Rankings dashboard={data} />}
    </ConsolePage>
  )
}

function Rankings({ dashboard }: { readonly dashboard: Dashboard }) {
  const text = useText()
  const names = useNames()
  const { models, keys, users, accounts } = dashboard.top
  return (
    <>
      <Section title={text(usageTexts.accountsNow)}>
        <AccountsNow accounts={dashboard.accounts.list} />
      </Section>
      <Section title={text(usageTexts.topMonth)}>
        <div className="grid gap-3 lg:grid-cols-2">
          <TopList title={text(usageTexts.topModels)} rows={models} nameOf={(model) => model} />
          <TopList title={text(usageTexts.topUsers)} rows={users} nameOf={names.person} />
          <TopList title={text(usageTexts.topKeys)} rows={keys} nameOf={names.key} />
          <TopList title={text(usageTexts.topAccounts)} rows={accounts} nameOf={names.account} />
        </div>
      </Section>
    </>
  )
}

function AccountsNow({ accounts }: { readonly accounts: Dashboard['accounts']['list'] }) {
  return (
    <ul className="grid gap-2 sm:grid-cols-2 lg:grid-cols-3">
      {accounts.map((account) => (
        <li key={account.id}>
          <Link
            to="/console/accounts/$accountId"
            params={{ accountId: account.id }}
            className="flex min-h-11 items-center gap-3 rounded-xl border bg-surface px-3 py-2 hover:bg-hover"
          >
            <span className="min-w-0 flex-1 truncate text-sm font-medium">{account.name}</span>
            {account.active_calls > 0 && (
              <span className="text-sm text-muted tabular-nums">{formatNumber(account.active_calls)}</span>
            )}
            <AccountStateBadge state={account.state} />
          </Link>
        </li>
      ))}
    </ul>
  )
}
