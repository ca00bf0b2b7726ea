import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useRef, useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { Popover } from '../../ui/popover.tsx'

/** Something that the person has said, and where it stands. */
export interface Turn {
  readonly key: string
  readonly index: number
  readonly words: string
}

export interface OutlineProps {
  readonly turns: readonly Turn[]
  /** The one that is being read: its place among the turns. */
  readonly current: number
  readonly onShow: (index: number) => void
  /** The button that opens it: one element. */
  readonly trigger: ReactNode
}

const rowHeight = matchMedia('(pointer: coarse)').matches ? 44 : 32
const mostRows = 10

/** Everything that the person has said in a conversation, to go to. */
export function Outline({ turns, current, onShow, trigger }: OutlineProps) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  return (
    <Popover
      label={text(chatTexts.outline)}
      align="end"
      side="top"
      isOpen={isOpen}
      onOpenChange={setOpen}
      className="w-80 max-w-[calc(100vw-2rem)]"
      trigger={trigger}
    >
      <TurnList
        turns={turns}
        current={current}
        onShow={(index) => {
          setOpen(false)
          onShow(index)
        }}
      />
    </Popover>
  )
}

function TurnList({ turns, current, onShow }: Omit<OutlineProps, 'trigger'>) {
  const scroller = useRef<HTMLDivElement>(null)
  const height = Math.min(turns.length, mostRows) * rowHeight
  const virtualizer = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    initialOffset: Math.max(0, current * rowHeight - height / 2),
    overscan: 4,
  })
  return (
    <div ref={scroller} className="overflow-y-auto p-1" style={{ height: height + 8 }}>
      <ol className="relative" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const turn = turns[index]
          if (turn === undefined) return null
          return (
            <li key={turn.key} className="absolute inset-x-0" style={{ top: start, height: rowHeight }}>
              <button
                type="button"
                aria-current={index === current ? 'location' : undefined}
                onClick={() => onShow(turn.index)}
                className={classes(
                  'flex h-full w-full items-center rounded-lg px-3 text-left text-sm hover:bg-hover',
                  index === current ? 'bg-hover font-medium' : 'text-muted',
                )}
              >
                <span className="truncate">{turn.words}</span>
              </button>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

const mostTicks = 24

/** A mark for each turn, or for each of some of them, beside the thread: where one is, at a glance. */
export function OutlineRail({ turns, current, onShow }: Omit<OutlineProps, 'trigger'>) {
  const text = useText()
  const count = Math.min(mostTicks, turns.length)
  const marked = turns.length <= 1 ? 0 : Math.round((current * (count - 1)) / (turns.length - 1))
  return (
    <Outline
      turns={turns}
      current={current}
      onShow={onShow}
      trigger={
        <button
          type="button"
          aria-label={text(chatTexts.outline)}
          className="group absolute top-1/2 right-3 hidden w-8 -translate-y-1/2 flex-col items-end gap-1.5 rounded-lg py-2 pr-1.5 opacity-60 transition-opacity hover:bg-hover hover:opacity-100 focus-visible:opacity-100 @4xl:pointer-fine:flex"
        >
          {Array.from({ length: count }, (_, tick) => (
            <span
              key={tick}
              aria-hidden
              className={classes(
                'h-0.5 rounded-full transition-[width] duration-150',
                tick === marked ? 'w-4 bg-accent-ink' : 'w-2.5 bg-line-strong',
              )}
            />
          ))}
        </button>
      }
    />
  )
}
