import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Clock, X } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { dropOutgoing, type Outgoing } from '../data/outbox-store.ts'

/** What is said next, when the reply is there or the connection is back. */
export function Queue({ entries }: { readonly entries: readonly Outgoing[] }) {
  const text = useText()
  if (entries.length === 0) return null
  return (
    <ul aria-label={text(chatTexts.waitingMessages)} className="mb-2 flex flex-col gap-1">
      {entries.map((entry) => (
        <li
          key={entry.clientMessageId}
          className="flex items-center gap-2 rounded-xl border bg-sunken py-1 pr-1 pl-3 text-sm"
        >
          <Clock aria-hidden className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 flex-1 truncate">
            {entry.content || entry.attachments?.map(({ name }) => name).join(', ')}
          </span>
          <IconButton size="small" label={text(chatTexts.discard)} onClick={() => dropOutgoing(entry.clientMessageId)}>
            <X aria-hidden className="size-4" />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}
