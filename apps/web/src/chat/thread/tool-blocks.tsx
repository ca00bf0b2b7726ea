import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Wrench } from 'lucide-react'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Spinner } from '../../ui/spinner.tsx'
import type { ToolPart } from '../data/parts.ts'
import { Fold, ToolBlock } from './folded-blocks.tsx'

export interface ToolBlocksProps {
  readonly tools: readonly ToolPart[]
  /** The last of them is still being written. */
  readonly isGrowing: boolean
}

/** Tools that were called one after another: one line, and each of them when it is opened. */
export function ToolBlocks({ tools, isGrowing }: ToolBlocksProps) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  const each = tools.map((tool, index) => (
    <ToolBlock key={index} name={tool.name} input={tool.input} isGrowing={isGrowing && index === tools.length - 1} />
  ))
  if (tools.length < 2) return each
  const count = String(tools.length)
  return (
    <Fold
      icon={isGrowing ? <Spinner /> : <Wrench aria-hidden />}
      title={text(isGrowing ? chatTexts.toolsRunning : chatTexts.toolsCalled, { count })}
      isOpen={isOpen}
      onToggle={() => setOpen(!isOpen)}
    >
      <div className="flex flex-col gap-2">{each}</div>
    </Fold>
  )
}
