import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '../../api/queries.ts'
import type { ConversationWithMessages } from '../../api/types.ts'
import { formatCompact, formatCost, formatPercent } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Tooltip } from '../../ui/tooltip.tsx'

const radius = 6
const length = 2 * Math.PI * radius

/** How full the model's window was at the last reply, and what the branch has cost. */
export function ContextGauge({ conversation }: { readonly conversation: ConversationWithMessages }) {
  const text = useText()
  const { data: models } = useQuery(modelsQuery)
  const last = conversation.messages.findLast((message) => message.role === 'assistant' && message.input_tokens > 0)
  const limit = models?.find((model) => model.id === (last?.model_id ?? conversation.model_id))?.context_limit
  if (last === undefined || limit === undefined || limit === null) return null
  const used = last.input_tokens + last.output_tokens
  const share = Math.min(1, used / limit)
  const cost = conversation.messages.reduce((sum, message) => sum + message.cost_usd, 0)
  const label = text(chatTexts.context, {
    used: formatCompact(used),
    limit: formatCompact(limit),
    share: formatPercent(share),
    cost: formatCost(cost),
  })
  return (
    <Tooltip label={label}>
      <button
        type="button"
        aria-label={label}
        className="grid size-8 place-items-center rounded-lg text-muted hover:bg-hover coarse:size-11"
      >
        <svg viewBox="0 0 16 16" aria-hidden className="size-4 -rotate-90">
          <circle cx="8" cy="8" r={radius} fill="none" stroke="var(--line)" strokeWidth="2.5" />
          <circle
            cx="8"
            cy="8"
            r={radius}
            fill="none"
            stroke={share > 0.85 ? 'var(--warning)' : 'var(--accent-ink)'}
            strokeWidth="2.5"
            strokeDasharray={`${length * share} ${length}`}
          />
        </svg>
      </button>
    </Tooltip>
  )
}
