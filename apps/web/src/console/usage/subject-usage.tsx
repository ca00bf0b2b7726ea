import { useQuery } from '@tanstack/react-query'
import { ErrorState } from '../../ui/error-state.tsx'
import type { UsageDimension } from '../api-types.ts'
import { mySeriesQuery, usageQuery } from '../queries.ts'
import { UsageCharts } from './usage-charts.tsx'
import { spanOf, sumsOf } from './usage-series.ts'
import { UsageStats } from './usage-stats.tsx'

export interface SubjectUsageProps {
  readonly by: UsageDimension
  readonly subject: string
}

/** What I have used in the last thirty days, or one of my keys. */
export function MyUsage({ keyId }: { readonly keyId?: string }) {
  const span = spanOf('30d', Date.now())
  const from = new Date(span.times[0] ?? 0).toISOString()
  const { data, error, refetch } = useQuery(mySeriesQuery({ per: span.per, from, key_id: keyId }))
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <>
      <UsageStats sums={data && sumsOf(data)} />
      <UsageCharts rows={data} span={span} />
    </>
  )
}

/** What one key, account, user or group has used in the last thirty days. */
export function SubjectUsage({ by, subject }: SubjectUsageProps) {
  const span = spanOf('30d', Date.now())
  const from = new Date(span.times[0] ?? 0).toISOString()
  const { data, error, refetch } = useQuery(usageQuery({ by, subject, per: span.per, from }))
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <>
      <UsageStats sums={data && sumsOf(data)} />
      <UsageCharts rows={data} span={span} />
    </>
  )
}
