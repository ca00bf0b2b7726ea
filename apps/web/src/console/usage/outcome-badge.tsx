import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import type { UsageRecord } from '../api-types.ts'

export function OutcomeBadge({ record }: { readonly record: UsageRecord }) {
  const text = useText()
  if (record.status === 'open') return <Badge tone="info">{text(usageTexts.outcomeOpen)}</Badge>
  const status = record.http_status ?? 0
  const isStopped = record.end_reason === 'stopped' || record.end_reason === 'client_gone' || status === 499
  if (isStopped) return <Badge tone="warning">{text(usageTexts.outcomeStopped)}</Badge>
  if (record.error_code === null && status < 400) return <Badge tone="success">{text(usageTexts.outcomeDone)}</Badge>
  return (
    <Badge tone="danger">
      {text(usageTexts.outcomeFailed)}
      {status >= 400 && ` ${status}`}
    </Badge>
  )
}
