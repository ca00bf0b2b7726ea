import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { CircleAlert, Coins, MessagesSquare, ReceiptText, Timer, Zap } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatCompact, formatCost, formatDuration, formatNumber, formatPercent } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Stat, Stats } from '../../ui/stat.tsx'
import type { UsageSums } from '../api-types.ts'

export interface UsageStatsProps {
  /** Undefined while they are on their way. */
  readonly sums: UsageSums | undefined
  /** More figures, after these six. */
  readonly children?: ReactNode
}

/** The figures of a stretch of time. */
export function UsageStats({ sums, children }: UsageStatsProps) {
  const text = useText()
  const duration = (value: number | null | undefined) =>
    value === undefined ? undefined : value === null ? '–' : formatDuration(value)
  return (
    <Stats columns={children === undefined ? 3 : 4}>
      <Stat
        icon={<ReceiptText aria-hidden />}
        label={text(consoleTexts.requests)}
        value={sums && formatNumber(sums.requests)}
        note={text(usageTexts.inTime)}
      />
      <Stat
        icon={<MessagesSquare aria-hidden />}
        label={text(consoleTexts.tokens)}
        value={sums && formatCompact(sums.tokens)}
        note={sums && <TokenNote sums={sums} />}
      />
      <Stat
        icon={<Coins aria-hidden />}
        label={text(consoleTexts.cost)}
        value={sums && formatCost(sums.cost_usd)}
        note={text(usageTexts.inTime)}
      />
      <Stat
        icon={<CircleAlert aria-hidden />}
        label={text(consoleTexts.errors)}
        value={sums && formatNumber(sums.errors)}
        note={
          sums &&
          text(usageTexts.errorShare, { share: formatPercent(sums.requests === 0 ? 0 : sums.errors / sums.requests) })
        }
      />
      <Stat
        icon={<Timer aria-hidden />}
        label={text(usageTexts.averageDuration)}
        value={duration(sums?.average_duration_ms)}
        note={text(usageTexts.inTime)}
      />
      <Stat
        icon={<Zap aria-hidden />}
        label={text(usageTexts.averageFirstByte)}
        value={duration(sums?.average_first_byte_ms)}
        note={text(usageTexts.inTime)}
      />
      {children}
    </Stats>
  )
}

function TokenNote({ sums }: { readonly sums: UsageSums }) {
  const text = useText()
  return `${text(usageTexts.inputTokens)} ${formatCompact(sums.input_tokens)} · ${text(usageTexts.outputTokens)} ${formatCompact(sums.output_tokens)}`
}
