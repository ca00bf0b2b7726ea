import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { formatNumber, formatPercent } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { ErrorState } from '../../ui/error-state.tsx'
import { Meter } from '../../ui/meter.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Stat, Stats } from '../../ui/stat.tsx'
import { ConsolePage } from '../console-page.tsx'
import { myUsageQuery } from '../queries.ts'

export function MyUsagePage() {
  const text = useText()
  const { data, error, refetch } = useQuery(myUsageQuery)
  return (
    <ConsolePage title={text(consoleTexts.myUsage)} lead={text(usageTexts.myUsageLead)} width="narrow">
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
          <Stats columns={2}>
            <Stat label={text(usageTexts.quotaLeft)} value={formatNumber(data.token_remaining)} />
            <Stat label={text(consoleTexts.tokens)} value={formatNumber(data.token_used)} />
          </Stats>
        </>
      )}
    </ConsolePage>
  )
}
