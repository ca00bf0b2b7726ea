import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { CircleAlert, Pencil, RotateCcw, Trash2 } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { takeBack } from '../composer/take-back.ts'
import { sayAgain } from '../data/outbox.ts'
import { dropOutgoing, type Outgoing } from '../data/outbox-store.ts'
import { MessageFiles } from '../files/message-files.tsx'
import { LongText } from './long-text.tsx'
import { Waiting } from './parts.tsx'

/** What was said and is not in the server yet: shown at once, and kept with its error if it cannot be sent. */
export function OutgoingRow({ entry }: { readonly entry: Outgoing }) {
  const text = useText()
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-col items-end gap-1">
        <MessageFiles files={entry.attachments ?? []} />
        {entry.content !== '' && (
          <div className="max-w-[85%] rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 break-words whitespace-pre-wrap">
            <LongText text={entry.content} />
          </div>
        )}
      </div>
      {entry.state === 'failed' ? (
        <div
          role="alert"
          className="flex flex-wrap items-center gap-3 rounded-xl bg-danger-soft px-4 py-2.5 text-danger"
        >
          <CircleAlert aria-hidden className="size-4.5 shrink-0" />
          <span className="min-w-40 flex-1">{entry.error}</span>
          <IconButton size="small" label={text(chatTexts.discard)} onClick={() => dropOutgoing(entry.clientMessageId)}>
            <Trash2 aria-hidden className="size-4" />
          </IconButton>
          <IconButton size="small" label={text(commonTexts.edit)} onClick={() => takeBack(entry)}>
            <Pencil aria-hidden className="size-4" />
          </IconButton>
          <Button size="small" onClick={() => sayAgain(entry.clientMessageId)}>
            <RotateCcw aria-hidden className="size-4" />
            {text(commonTexts.retry)}
          </Button>
        </div>
      ) : (
        <div className="flex items-center gap-3">
          <Waiting />
          {/* Most are sent before anybody could read it. */}
          <Button
            size="small"
            variant="ghost"
            className="animate-fade [animation-delay:1s] [animation-fill-mode:backwards]"
            onClick={() => takeBack(entry)}
          >
            {text(commonTexts.cancel)}
          </Button>
        </div>
      )}
    </div>
  )
}
