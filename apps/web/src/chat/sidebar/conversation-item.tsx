import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Link } from '@tanstack/react-router'
import { Pin, Users } from 'lucide-react'
import type { MouseEvent } from 'react'
import { useStore } from '../../api/store.ts'
import type { Conversation } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { runningRuns } from '../data/runs.ts'
import { ConversationMenu } from './conversation-menu.tsx'
import { usePinDrag } from './use-pin-drag.ts'

/** The menu that its button opens, by the other mouse button or a long press. */
function openMenu(event: MouseEvent<HTMLElement>): void {
  const button = event.currentTarget.querySelector('[aria-haspopup=menu]')
  if (button === null) return
  event.preventDefault()
  button.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, button: 0 }))
}

export function ConversationItem({ conversation }: { readonly conversation: Conversation }) {
  const text = useText()
  const { id, title, kind, is_pinned: isPinned } = conversation
  const isRunning = useStore(runningRuns).has(id)
  const { edge, attributes } = usePinDrag(conversation)
  return (
    <div {...attributes} className="group relative h-full" onContextMenu={openMenu}>
      {edge !== undefined && (
        <span
          aria-hidden
          className={classes(
            'pointer-events-none absolute inset-x-1 z-10 h-0.5 rounded-full bg-accent-ink',
            edge === 'top' ? '-top-0.5' : 'bottom-0',
          )}
        />
      )}
      <Link
        to="/c/$id"
        params={{ id }}
        // The whole row is dragged, not the link's address.
        draggable={false}
        activeProps={{ className: 'bg-hover font-medium' }}
        className="flex h-[calc(100%-2px)] items-center gap-2 rounded-lg px-2.5 transition-colors coarse:pr-11 group-hover:pr-9 group-focus-within:pr-9 hover:bg-hover"
      >
        {kind === 'group' && <Users aria-label={text(chatTexts.group)} className="size-3.5 shrink-0 text-muted" />}
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {isRunning && (
          <span
            role="img"
            aria-label={text(chatTexts.running)}
            className="size-2 shrink-0 animate-blink rounded-full bg-accent-ink"
          />
        )}
        {isPinned && (
          <Pin
            aria-label={text(chatTexts.pinned)}
            className="size-3.5 shrink-0 text-muted group-hover:hidden coarse:hidden"
          />
        )}
      </Link>
      <div className="absolute top-0 right-0.5 flex h-full items-center opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-data-[state=open]:opacity-100 coarse:opacity-100">
        <ConversationMenu conversation={conversation} />
      </div>
    </div>
  )
}
