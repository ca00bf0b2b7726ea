import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Quote } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { quoteInto } from '../composer/drafts.ts'

export interface QuoteSelectionProps {
  readonly conversationId: string
  /** Where what is quoted must stand. */
  readonly within: RefObject<HTMLElement | null>
}

interface Selected {
  readonly words: string
  readonly left: number
  readonly top: number
}

const gap = 8
const edge = 56

/** A button beside words that have been selected in the thread, which puts them into the composer. */
export function QuoteSelection({ conversationId, within }: QuoteSelectionProps) {
  const text = useText()
  const [selected, setSelected] = useState<Selected>()
  useEffect(() => watchSelection(within.current, setSelected), [within])
  if (selected === undefined) return null
  return (
    <Button
      size="small"
      // What is selected stays so until it is quoted.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => {
        quoteInto(conversationId, selected.words)
        getSelection()?.removeAllRanges()
      }}
      style={{ left: selected.left, top: selected.top }}
      className="fixed z-30 -translate-x-1/2 animate-fade shadow-floating"
    >
      <Quote aria-hidden className="size-3.5" />
      {text(chatTexts.quote)}
    </Button>
  )
}

function watchSelection(
  element: HTMLElement | null,
  setSelected: (selected: Selected | undefined) => void,
): (() => void) | undefined {
  if (element === null) return undefined
  const leaving = new AbortController()
  const { signal } = leaving
  // When it has been made, not while it grows.
  const show = () => setTimeout(() => !signal.aborted && setSelected(selectedIn(element)))
  document.addEventListener('pointerup', show, { signal })
  document.addEventListener('keyup', (event) => event.shiftKey && show(), { signal })
  document.addEventListener('selectionchange', () => isNothing(getSelection()) && setSelected(undefined), { signal })
  element.addEventListener('scroll', () => setSelected(undefined), { signal, passive: true })
  return () => leaving.abort()
}

function isNothing(selection: Selection | null): boolean {
  return selection === null || selection.isCollapsed
}

function selectedIn(element: HTMLElement): Selected | undefined {
  const selection = getSelection()
  if (selection === null || selection.isCollapsed || selection.rangeCount === 0) return undefined
  const range = selection.getRangeAt(0)
  const words = selection.toString().trim()
  if (words === '' || !element.contains(range.commonAncestorContainer)) return undefined
  const { left, width, bottom } = range.getBoundingClientRect()
  const { right, bottom: end } = element.getBoundingClientRect()
  return {
    words,
    left: Math.min(Math.max(left + width / 2, edge), right - edge),
    top: Math.min(bottom + gap, end - edge),
  }
}
