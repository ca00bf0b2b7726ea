import { keyTexts } from '@parley/contract/page-texts/console-keys.ts'
import { limitTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { formatCost, formatDateTime, formatNumber, formatPercent } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { ConsolePage, Section } from '../console-page.tsx'
import { limitText } from '../keys/limit-texts.ts'
import { myLimitsQuery, myUsageQuery, type OwnLimit } from '../queries.ts'
import { Calls } from './calls.tsx'
import { MyUsage } from './subject-usage.tsx'

export function MyUsagePage() {
  const text = useText()
  const { data, error, refetch } = useQuery(myUsageQuery)
  return (
    <ConsolePage title={text(consoleTexts.myUsage)} lead={text(usageTexts.myUsageLead)}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-24" />
      ) : (
        <>
          <section className="flex flex-col gap-3 rounded-xl border bg-surface p-4">
            <div className="flex flex-wrap justify-between gap-2">
              <h2 className="text-base">{text(usageTexts.quota)}</h2>
              <span className="text-muted">{formatPercent(data.usage_percent / 100)}</span>
            </div>
            <Meter
              label={text(usageTexts.quota)}
              value={data.token_used}
              max={data.token_quota}
              valueText={text(usageTexts.quotaUsed, {
                used: formatNumber(data.token_used),
                quota: formatNumber(data.token_quota),
              })}
            />
            <p className="text-sm text-muted">
              {text(usageTexts.quotaUsed, {
                used: formatNumber(data.token_used),
                quota: formatNumber(data.token_quota),
              })}
            </p>
          </section>
        </>
      )}
      <MyLimits />
      <Section title={text(keyTexts.usageTitle)}>
        <MyUsage />
      </Section>
      <Section title={text(keyTexts.recentCalls)}>
        <Calls filter={{}} scope="own" />
      </Section>
    </ConsolePage>
  )
}

/** Those that an administrator has set, with what is left of each. */
function MyLimits() {
  const text = useText()
  const { data = [] } = useQuery(myLimitsQuery)
  if (data.length === 0) return null
  return (
    <Section title={text(usageTexts.limitsLeft)}>
      <ul className="grid gap-3 md:grid-cols-2">
        {data.map((limit) => (
          <LimitLeft key={`${limit.scope} ${limit.what} ${limit.per}`} limit={limit} />
        ))}
      </ul>
    </Section>
  )
}

function LimitLeft({ limit }: { readonly limit: OwnLimit }) {
  const text = useText()
  const amount = limit.what === 'cost' ? formatCost : formatNumber
  const used = text(limitTexts.usedOfText, { used: amount(limit.used), max: amount(limit.max) })
  return (
    <li className="flex flex-col gap-2 rounded-xl border bg-surface p-4">
      <div className="flex flex-wrap justify-between gap-2">
        <span className="font-medium">{limitText(limit, text)}</span>
        {limit.scope === 'group' && <Badge>{text(usageTexts.wholeGroup)}</Badge>}
      </div>
      <Meter label={limitText(limit, text)} value={limit.used} max={limit.max} valueText={used} />
      <p className="text-sm text-muted">
        {used}
        {limit.resets_at !== null && ` · ${text(usageTexts.resets, { time: formatDateTime(limit.resets_at) })}`}
      </p>
    </li>
  )
}
