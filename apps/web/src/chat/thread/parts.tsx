import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useText } from '../../i18n/language.ts'
import type { MessageStatus } from '../../api/types.ts'
import type { Part, ToolPart } from '../data/parts.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { ThinkingBlock } from './folded-blocks.tsx'
import { ToolBlocks } from './tool-blocks.tsx'

/** A reply, in the order in which it was said. */
export function Parts({ parts, status }: { readonly parts: readonly Part[]; readonly status: MessageStatus }) {
  const text = useText()
  const isRunning = status === 'running'
  if (parts.length === 0) return isRunning ? <Waiting /> : null
  return (
    <div className="flex flex-col gap-3">
      {grouped(parts).map((group, index, groups) => {
        const isLast = index === groups.length - 1
        const isGrowing = isRunning && isLast
        const key = `${index}`
        if (Array.isArray(group)) return <ToolBlocks key={key} tools={group} status={status} isLast={isLast} />
        switch (group.type) {
          case 'text':
            return <Markdown key={key} text={group.text} isGrowing={isGrowing} />
          case 'thinking':
            return <ThinkingBlock key={key} text={group.text} isGrowing={isGrowing} />
          default:
            return (
              <img
                key={key}
                src={`data:${group.mediaType};base64,${group.data}`}
                alt={text(chatTexts.image)}
                className="max-w-full rounded-xl"
              />
            )
        }
      })}
    </div>
  )
}

type Group = Exclude<Part, ToolPart> | ToolPart[]

/** Tools that were called one after another are one thing. */
function grouped(parts: readonly Part[]): readonly Group[] {
  const groups: Group[] = []
  for (const part of parts) {
    const last = groups.at(-1)
    if (part.type !== 'tool') groups.push(part)
    else if (Array.isArray(last)) last.push(part)
    else groups.push([part])
  }
  return groups
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
