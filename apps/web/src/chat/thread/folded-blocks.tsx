import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Brain, ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { formatDuration } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { Spinner } from '../../ui/spinner.tsx'
import { Markdown } from '../markdown/markdown.tsx'

interface FoldProps {
  readonly icon: ReactNode
  readonly title: string
  readonly isOpen: boolean
  readonly onToggle: () => void
  readonly children: ReactNode
}

/** One line, and what is behind it. */
export function Fold({ icon, title, isOpen, onToggle, children }: FoldProps) {
  return (
    <div className="rounded-xl border bg-sunken text-sm">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex min-h-9 w-full items-center gap-2 rounded-xl px-3 text-left text-muted hover:text-text coarse:min-h-11 [&>svg]:size-4"
      >
        {icon}
        <span className="min-w-0 flex-1 truncate">{title}</span>
        <ChevronRight aria-hidden className={classes('transition-transform duration-150', isOpen && 'rotate-90')} />
      </button>
      {isOpen && <div className="border-t px-3 py-2.5">{children}</div>}
    </div>
  )
}

/** Open while the model thinks, folded when it has: unless the reader wants it otherwise. */
export function ThinkingBlock({ text: thoughts, isGrowing }: { readonly text: string; readonly isGrowing: boolean }) {
  const text = useText()
  const [wish, setWish] = useState<boolean>()
  const began = useRef(isGrowing ? Date.now() : undefined)
  const [tookMs, setTookMs] = useState<number>()
  useEffect(() => {
    if (!isGrowing && began.current !== undefined) setTookMs(Date.now() - began.current)
  }, [isGrowing])
  const thought =
    tookMs === undefined ? text(chatTexts.thought) : text(chatTexts.thoughtFor, { time: formatDuration(tookMs) })
  const isOpen = wish ?? isGrowing
  return (
    <Fold
      icon={isGrowing ? <Spinner /> : <Brain aria-hidden />}
      title={isGrowing ? text(chatTexts.thinking) : thought}
      isOpen={isOpen}
      onToggle={() => setWish(!isOpen)}
    >
      <div className="text-muted">
        <Markdown text={thoughts} isGrowing={isGrowing} />
      </div>
    </Fold>
  )
}
