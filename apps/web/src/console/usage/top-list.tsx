import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { formatCompact, formatCost } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import type { UsageRow } from '../api-types.ts'

export interface TopListProps {
  readonly title: string
  /** The largest first. */
  readonly rows: readonly UsageRow[]
  readonly nameOf: (subject: string) => string
}

/** Who used most, with a bar that compares them. */
export function TopList({ title, rows, nameOf }: TopListProps) {
  const text = useText()
  const most = Math.max(1, ...rows.map((row) => row.tokens))
  return (
    <div className="flex flex-col gap-2 rounded-xl border bg-surface p-4">
      <h3 className="text-sm font-medium">{title}</h3>
      {rows.length === 0 ? (
        <p className="text-sm text-muted">{text(usageTexts.nothingYet)}</p>
      ) : (
        <ol className="flex flex-col gap-2.5">
          {rows.slice(0, 6).map((row) => (
            <li key={row.subject} className="flex flex-col gap-1 text-sm">
              <span className="flex items-baseline gap-3">
                <span className="min-w-0 flex-1 truncate">{nameOf(row.subject)}</span>
                <span className="text-muted tabular-nums">{formatCompact(row.tokens)}</span>
                <span className="min-w-20 text-right whitespace-nowrap tabular-nums">{formatCost(row.cost_usd)}</span>
              </span>
              <span aria-hidden className="h-1 overflow-hidden rounded-full bg-hover">
                <span
                  className="block h-full rounded-full bg-accent"
                  style={{ width: `${(row.tokens / most) * 100}%` }}
                />
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
