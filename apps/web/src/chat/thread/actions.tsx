import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { ChevronLeft, ChevronRight, Columns2 } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useDeferredValue, useState } from 'react'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { coarsePointer, useMediaQuery } from '../../shell/media-query.ts'
import { classes } from '../../ui/classes.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { alternativesOf } from '../data/branch.ts'
import { showBranch } from '../data/show-branch.ts'

const CompareDialog = lazy(async () => ({ default: (await import('./compare-dialog.tsx')).CompareDialog }))

export interface ActionsProps {
  readonly isAlwaysShown: boolean
  /** In the gap below the message, where they take no room. */
  readonly isBelow?: boolean
  readonly children: ReactNode
}

/**
 * What can be done with a message: there when the mouse or the keyboard is, and always where there is no mouse. Drawn after
 * the message itself, when there is time: buttons and menus cost more than the words, and whoever scrolls past needs none.
 */
export function Actions({ isAlwaysShown, isBelow = false, children }: ActionsProps) {
  // By finger they are larger and may take two lines: what is above would move when they come.
  const isDrawnAtOnce = useMediaQuery(coarsePointer)
  const isDrawn = useDeferredValue(true, isDrawnAtOnce)
  return (
    <div
      className={classes(
        'flex min-h-7 flex-wrap items-center gap-0.5 transition-opacity duration-100 coarse:opacity-100',
        isBelow ? 'absolute top-full right-0 z-10 coarse:static' : '-ml-1.5 pt-1 coarse:-ml-3',
        !isAlwaysShown &&
          'opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 has-data-[state=open]:opacity-100',
      )}
    >
      {isDrawn && children}
    </div>
  )
}

/** ‹ 2/3 › */
export function BranchSwitch({ message }: { readonly message: Message }) {
  const text = useText()
  const [isComparing, setComparing] = useState(false)
  const place = alternativesOf(message)
  if (place === undefined) return null
  const show = (id: string | undefined) => id !== undefined && void showBranch(message.conversation_id, id)
  return (
    <div role="group" aria-label={text(chatTexts.alternatives)} className="flex items-center text-muted">
      <IconButton
        size="small"
        label={text(chatTexts.previousAlternative)}
        disabled={place.previous === undefined}
        onClick={() => show(place.previous)}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <span className="text-xs tabular-nums">
        {place.number}/{place.count}
      </span>
      <IconButton
        size="small"
        label={text(chatTexts.nextAlternative)}
        disabled={place.next === undefined}
        onClick={() => show(place.next)}
      >
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
      {message.role === 'assistant' && (
        <IconButton size="small" label={text(chatTexts.compare)} onClick={() => setComparing(true)}>
          <Columns2 aria-hidden className="size-4" />
        </IconButton>
      )}
      {isComparing && (
        <Suspense>
          <CompareDialog message={message} onClose={() => setComparing(false)} />
        </Suspense>
      )}
    </div>
  )
}
