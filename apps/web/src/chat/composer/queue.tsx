import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { ArrowUp, Clock, CornerDownRight, Pencil, X } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { Keys } from '../../ui/keys.tsx'
import { showError } from '../../ui/toast.tsx'
import { sayNow } from '../data/outbox.ts'
import { dropOutgoing, moveUp, type Outgoing } from '../data/outbox-store.ts'
import { takeBack } from './take-back.ts'

export interface QueueProps {
  readonly entries: readonly Outgoing[]
  /** A reply is being written, which they wait for. */
  readonly isReplying: boolean
}

/** What is said next, when the reply is there or the connection is back. */
export function Queue({ entries, isReplying }: QueueProps) {
  const text = useText()
  if (entries.length === 0) return null
  return (
    <div className="mb-2 flex flex-col gap-1">
      <ul aria-label={text(chatTexts.waitingMessages)} className="flex max-h-[30dvh] flex-col gap-1 overflow-y-auto">
        {entries.map((entry, index) => (
          <Waiting key={entry.clientMessageId} entry={entry} isFirst={index === 0} isReplying={isReplying} />
        ))}
      </ul>
      {isReplying && (
        <p className="px-3 text-xs text-muted coarse:hidden">
          <Keys shortcut="Mod+Shift+Enter" /> {text(chatTexts.sendNowKey)}
        </p>
      )}
    </div>
  )
}

interface WaitingProps {
  readonly entry: Outgoing
  readonly isFirst: boolean
  readonly isReplying: boolean
}

function Waiting({ entry, isFirst, isReplying }: WaitingProps) {
  const text = useText()
  const { clientMessageId, content, attachments = [] } = entry
  return (
    <li className="flex flex-wrap items-center gap-x-1 rounded-xl border bg-sunken py-1 pr-1 pl-3 text-sm">
      <Clock aria-hidden className="mr-1 size-4 shrink-0 text-muted" />
      <span className="min-w-32 flex-1 truncate py-1.5">
        {content || attachments.map(({ name }) => name).join(', ')}
      </span>
      <div className="ml-auto flex items-center">
        {isReplying && (
          <Button size="small" variant="ghost" onClick={() => void sayNow(entry).catch(showError)}>
            <CornerDownRight aria-hidden className="size-4" />
            {text(chatTexts.sendNow)}
          </Button>
        )}
        {!isFirst && (
          <IconButton size="small" label={text(chatTexts.sendEarlier)} onClick={() => moveUp(clientMessageId)}>
            <ArrowUp aria-hidden className="size-4" />
          </IconButton>
        )}
        <IconButton size="small" label={text(commonTexts.edit)} onClick={() => takeBack(entry)}>
          <Pencil aria-hidden className="size-4" />
        </IconButton>
        <IconButton size="small" label={text(chatTexts.discard)} onClick={() => dropOutgoing(clientMessageId)}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </div>
    </li>
  )
}
