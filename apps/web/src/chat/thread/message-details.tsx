import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { Message as Text } from '@parley/contract'
import type { Message } from '../../api/types.ts'
import { formatCost, formatDateTime, formatDuration, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { useModelName } from '../data/names.ts'

export function MessageDetails({ message, onClose }: { readonly message: Message; readonly onClose: () => void }) {
  const text = useText()
  const model = useModelName(message.model_id)
  const isReply = message.role === 'assistant'
  const tookMs = Date.parse(message.updated_at) - Date.parse(message.created_at)
  const rows: readonly (readonly [Text, string])[] = [
    [chatTexts.time, formatDateTime(message.created_at)],
    ...(isReply
      ? ([
          [commonTexts.model, model === '' ? '–' : model],
          ...(tookMs > 0 ? ([[chatTexts.took, formatDuration(tookMs)]] as const) : []),
          [chatTexts.inputTokens, formatNumber(message.input_tokens)],
          [chatTexts.outputTokens, formatNumber(message.output_tokens)],
          [chatTexts.cost, formatCost(message.cost_usd)],
          [chatTexts.endReason, message.end_reason ?? message.status],
        ] as const)
      : []),
    [chatTexts.messageId, message.id],
  ]
  return (
    <Dialog isOpen onClose={onClose} title={text(chatTexts.details)} width="narrow">
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 pb-4">
        {rows.map(([label, value]) => (
          <div key={label.en} className="contents">
            <dt className="text-muted">{text(label)}</dt>
            <dd className="min-w-0 text-right break-words tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
