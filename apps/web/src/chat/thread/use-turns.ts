import { useMemo } from 'react'
import type { ConversationWithMessages } from '../../api/types.ts'
import { useShortcuts } from '../../shell/shortcuts.ts'
import type { Turn } from './outline.tsx'

export interface TurnsOptions {
  readonly messages: ConversationWithMessages['messages']
  /** How far the thread is scrolled. */
  readonly offset: number
  /** Where a row begins, once it is known. */
  readonly startOf: (index: number) => number
  readonly onShow: (index: number) => void
}

const longestWords = 120
/** What is so near to the top of the view is there. */
const near = 24

/** What the person has said, which of it is being read, and going to what was said before and after. */
export function useTurns({ messages, offset, startOf, onShow }: TurnsOptions) {
  const turns = useMemo(
    () =>
      messages.flatMap(({ id, role, content, attachments }, index): readonly Turn[] => {
        if (role !== 'user') return []
        const words = content.trim() === '' ? attachments.map(({ name }) => name).join(', ') : content.trim()
        return [{ key: id, index, words: words.slice(0, longestWords) }]
      }),
    [messages],
  )
  const current = turns.findLastIndex(({ index }) => startOf(index) <= offset + near)
  const goTo = (turn: Turn | undefined) => turn !== undefined && onShow(turn.index)
  const previous = () => goTo(turns.findLast(({ index }) => startOf(index) < offset - near))
  const next = () => goTo(turns.find(({ index }) => startOf(index) > offset + near))
  useShortcuts({ previousMessage: () => void previous(), nextMessage: () => void next() })
  return { turns, current: Math.max(0, current), previous }
}
