import { elementScroll, useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useRef } from 'react'
import { useStore } from '../../api/store.ts'
import { sought } from '../data/sought.ts'
import type { ConversationWithMessages, Message } from '../../api/types.ts'
import type { Outgoing } from '../data/outbox-store.ts'
import { MessageRow } from './message-row.tsx'
import { OutgoingRow } from './outgoing-row.tsx'
import { QuoteSelection } from './quote-selection.tsx'
import { useFollowing } from './use-following.ts'
import { Wayfinding } from './wayfinding.tsx'

export interface ThreadProps {
  readonly conversation: ConversationWithMessages
  /** What is on its way, after the messages. */
  readonly outgoing: readonly Outgoing[]
}

type Row = { readonly key: string } & ({ readonly message: Message } | { readonly outgoing: Outgoing })

const estimatedHeight = 140
const top = 16

/** The messages of the branch that is shown. Only those near the view are drawn, however many there are. */
export function Thread({ conversation, outgoing }: ThreadProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const inner = useRef<HTMLDivElement>(null)
  const isFollowing = useRef(true)
  const rows: readonly Row[] = [
    ...conversation.messages.map((message) => ({ key: message.id, message })),
    ...outgoing.map((entry) => ({ key: entry.clientMessageId, outgoing: entry })),
  ]
  const virtualizer = useRows({ rows, scroller, isFollowing })
  // Asked first: it brings the measurements up to date that are read next.
  const total = virtualizer.getTotalSize()
  const lastSent = rows.findLastIndex((row) => ('outgoing' in row ? true : row.message.role === 'user'))
  const { isAtEnd, goToEnd, release, anchorStart } = useFollowing({
    scroller,
    inner,
    isFollowing,
    sentCount: outgoing.length,
    hasWaited: outgoing.at(-1)?.isQueued === true,
    startOfLastSent: virtualizer.measurementsCache[lastSent]?.start,
  })
  const show = (index: number) => {
    release()
    virtualizer.scrollToIndex(index, { align: 'start' })
  }
  useSought(rows, show)
  const room = anchorStart === undefined ? 0 : anchorStart - top + (scroller.current?.clientHeight ?? 0)
  return (
    <div className="@container relative min-h-0 flex-1">
      <div
        ref={scroller}
        role="log"
        aria-live="off"
        aria-label={conversation.title}
        // Focusable: it is scrolled with the keyboard.
        tabIndex={0}
        className="h-full overflow-x-hidden overflow-y-auto overscroll-contain outline-offset-[-3px] [overflow-anchor:none] [scrollbar-gutter:stable_both-edges]"
      >
        <div ref={inner} className="relative" style={{ height: Math.max(total, room) }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <div
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className="absolute inset-x-0"
                // Not by a transform, which what sticks to the view's edge does not know of.
                style={{ top: item.start }}
              >
                <div className="mx-auto w-full max-w-3xl px-4 py-2">
                  <RowContent row={row} kind={conversation.kind} isLast={item.index === rows.length - 1} />
                </div>
              </div>
            )
          })}
        </div>
      </div>
      <QuoteSelection conversationId={conversation.id} within={scroller} />
      <Wayfinding
        messages={conversation.messages}
        offset={virtualizer.scrollOffset ?? 0}
        startOf={(index) => virtualizer.measurementsCache[index]?.start ?? 0}
        isAtEnd={isAtEnd}
        onShow={show}
        onEnd={goToEnd}
      />
    </div>
  )
}

interface RowsOptions {
  readonly rows: readonly Row[]
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly isFollowing: RefObject<boolean>
}

function useRows({ rows, scroller, isFollowing }: RowsOptions) {
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedHeight,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 4,
    paddingStart: top,
    paddingEnd: 32,
    // While the end is followed, whoever follows it decides where that is.
    scrollToFn: (offset, options, instance) => {
      if (!isFollowing.current) elementScroll(offset, options, instance)
    },
    // Where it ends before anything has been measured; the end is held while the measuring goes on.
    initialOffset: () => rows.length * estimatedHeight,
  })
  // What grows above the view moves what is read; what grows in view or below does not.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = (item, _delta, instance) =>
    item.end <= (instance.scrollOffset ?? 0) + 1
  return virtualizer
}

interface RowContentProps {
  readonly row: Row
  readonly kind: ConversationWithMessages['kind']
  readonly isLast: boolean
}

function RowContent({ row, kind, isLast }: RowContentProps) {
  if ('outgoing' in row) return <OutgoingRow entry={row.outgoing} />
  return <MessageRow message={row.message} kind={kind} isLast={isLast} />
}

/** Shows the message that somebody looked for, once it is there. */
function useSought(rows: readonly Row[], show: (index: number) => void): void {
  const wanted = useStore(sought)
  const index = wanted === undefined ? -1 : rows.findIndex(({ key }) => key === wanted)
  const current = useRef(show)
  current.current = show
  useEffect(() => {
    if (index === -1) return
    current.current(index)
    sought.set(undefined)
  }, [index])
}
