import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { formatCompact, formatCost, formatDuration } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Chart } from '../../ui/chart.tsx'
import type { UsageRow, UsageSums } from '../api-types.ts'
import { chartOf, type Span } from './usage-series.ts'

export interface UsageChartsProps {
  /** Of one subject, or of all together. Undefined while they are on their way. */
  readonly rows: readonly UsageRow[] | undefined
  readonly span: Span
}

/** Requests, tokens, cost and latency over time. */
export function UsageCharts({ rows, span }: UsageChartsProps) {
  const text = useText()
  const requests = [
    { label: text(usageTexts.succeeded), pick: (row: UsageSums) => row.requests - row.errors },
    { label: text(usageTexts.failed), tone: 'danger' as const, pick: (row: UsageSums) => row.errors },
  ]
  const tokens = [
    { label: text(usageTexts.inputTokens), pick: (row: UsageSums) => row.input_tokens },
    { label: text(usageTexts.outputTokens), pick: (row: UsageSums) => row.output_tokens },
    { label: text(usageTexts.cacheReadTokens), pick: (row: UsageSums) => row.cache_read_tokens },
    { label: text(usageTexts.cacheWriteTokens), pick: (row: UsageSums) => row.cache_write_tokens },
  ]
  const latency = [
    { label: text(usageTexts.averageDuration), pick: (row: UsageSums) => row.average_duration_ms },
    { label: text(usageTexts.averageFirstByte), pick: (row: UsageSums) => row.average_first_byte_ms },
  ]
  const cost = [{ label: text(usageTexts.costChart), pick: (row: UsageSums) => row.cost_usd }]
  const data = (series: Parameters<typeof chartOf>[2]) => rows && chartOf(rows, span, series)
  const counts = (series: Parameters<typeof chartOf>[2]) => rows && { ...chartOf(rows, span, series), isWhole: true }
  return (
    <div className="grid gap-3 lg:grid-cols-2">
      <Chart title={text(usageTexts.requestsChart)} data={counts(requests)} format={formatCompact} />
      <Chart title={text(usageTexts.tokensChart)} data={counts(tokens)} format={formatCompact} />
      <Chart title={text(usageTexts.costChart)} data={data(cost)} format={formatCost} />
      <Chart title={text(usageTexts.latencyChart)} data={counts(latency)} format={formatDuration} kind="lines" />
    </div>
  )
}
