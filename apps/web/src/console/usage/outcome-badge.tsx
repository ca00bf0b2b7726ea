import { type CallOutcome, outcomeOf } from '@parley/contract'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import type { UsageRecord } from '../api-types.ts'

export const outcomeTexts: Readonly<Record<CallOutcome, Message>> = {
  done: usageTexts.outcomeDone,
  failed: usageTexts.outcomeFailed,
  refused: usageTexts.outcomeRefused,
  stopped: usageTexts.outcomeStopped,
  interrupted: usageTexts.outcomeInterrupted,
}

const tones = {
  done: 'success',
  failed: 'danger',
  refused: 'danger',
  stopped: 'warning',
  interrupted: 'warning',
} as const satisfies Record<CallOutcome, Tone>

export function OutcomeBadge({ record }: { readonly record: UsageRecord }) {
  const text = useText()
  if (record.status === 'open') return <Badge tone="info">{text(usageTexts.outcomeOpen)}</Badge>
  const outcome = outcomeOf(record.end_reason)
  const status = record.http_status ?? 0
  return (
    <Badge tone={tones[outcome]}>
      {text(outcomeTexts[outcome])}
      {tones[outcome] === 'danger' && status >= 400 && ` ${status}`}
    </Badge>
  )
}
