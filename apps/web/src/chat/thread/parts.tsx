import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useText } from '../../i18n/language.ts'
import type { Part } from '../data/parts.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { ThinkingBlock, ToolBlock } from './folded-blocks.tsx'

/** A reply, in the order in which it was said. */
export function Parts({ parts, isRunning }: { readonly parts: readonly Part[]; readonly isRunning: boolean }) {
  const text = useText()
  if (parts.length === 0) return isRunning ? <Waiting /> : null
  return (
    <div className="flex flex-col gap-3">
      {parts.map((part, index) => {
        const isGrowing = isRunning && index === parts.length - 1
        const key = `${index}`
        switch (part.type) {
          case 'text':
            return <Markdown key={key} text={part.text} isGrowing={isGrowing} />
          case 'thinking':
            return <ThinkingBlock key={key} text={part.text} isGrowing={isGrowing} />
          case 'tool':
            return <ToolBlock key={key} name={part.name} input={part.input} isGrowing={isGrowing} />
          default:
            return (
              <img
                key={key}
                src={`data:${part.mediaType};base64,${part.data}`}
                alt={text(chatTexts.image)}
                className="max-w-full rounded-xl"
              />
            )
        }
      })}
    </div>
  )
}

/** Nothing has been said yet. */
export function Waiting() {
  const text = useText()
  return (
    <div role="img" aria-label={text(chatTexts.waiting)} className="flex h-6 items-center gap-1.5">
      {[0, 200, 400].map((delay) => (
        <span
          key={delay}
          style={{ animationDelay: `${delay}ms` }}
          className="size-2 animate-blink rounded-full bg-accent-ink"
        />
      ))}
    </div>
  )
}
