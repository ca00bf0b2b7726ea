import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Check, CircleAlert, CircleSlash, Wrench } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { MessageStatus } from '../../api/types.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { Spinner } from '../../ui/spinner.tsx'
import { type ToolPart, type ToolState, toolState } from '../data/parts.ts'
import { Fold } from './folded-blocks.tsx'

export interface ToolBlocksProps {
  readonly tools: readonly ToolPart[]
  readonly status: MessageStatus
  /** The message says nothing after them. */
  readonly isLast: boolean
}

/** Tools that were called one after another: one line, and each of them when it is opened. */
export function ToolBlocks({ tools, status, isLast }: ToolBlocksProps) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  const states = tools.map((tool, index) => toolState(tool, { status, isLast: isLast && index === tools.length - 1 }))
  const each = tools.map((tool, index) => <ToolBlock key={index} tool={tool} state={states[index] ?? 'called'} />)
  if (tools.length < 2) return each
  const failed = states.filter((state) => state === 'failed').length
  const isRunning = states.includes('running')
  return (
    <Fold
      icon={isRunning ? <Spinner /> : failed > 0 ? icons.failed : <Wrench aria-hidden />}
      title={groupTitle(text, { count: tools.length, failed, isRunning })}
      isOpen={isOpen}
      onToggle={() => setOpen(!isOpen)}
    >
      <div className="flex flex-col gap-2">{each}</div>
    </Fold>
  )
}

function groupTitle(text: Text, tools: { count: number; failed: number; isRunning: boolean }): string {
  const { count, failed, isRunning } = tools
  if (isRunning) return text(chatTexts.toolsRunning, { count })
  return failed === 0 ? text(chatTexts.toolsCalled, { count }) : text(chatTexts.toolsFailed, { count, failed })
}

const icons: Readonly<Record<ToolState, ReactNode>> = {
  running: <Spinner />,
  called: <Wrench aria-hidden />,
  done: <Check aria-hidden className="text-success" />,
  failed: <CircleAlert aria-hidden className="text-danger" />,
  cut: <CircleSlash aria-hidden className="text-warning" />,
}

const titles = {
  running: chatTexts.toolRunning,
  called: chatTexts.toolCalled,
  done: chatTexts.toolCalled,
  failed: chatTexts.toolFailed,
  cut: chatTexts.toolCut,
} as const

function ToolBlock({ tool, state }: { readonly tool: ToolPart; readonly state: ToolState }) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  const { name, input, output } = tool
  return (
    <Fold icon={icons[state]} title={text(titles[state], { name })} isOpen={isOpen} onToggle={() => setOpen(!isOpen)}>
      <div className="flex flex-col gap-3">
        <Data label={text(chatTexts.toolInput)} copyLabel={text(chatTexts.copyToolInput)} value={input} />
        {output !== undefined && (
          <Data
            label={text(state === 'failed' ? chatTexts.toolError : chatTexts.toolOutput)}
            copyLabel={text(chatTexts.copyToolOutput)}
            value={output}
          />
        )}
      </div>
    </Fold>
  )
}

interface DataProps {
  readonly label: string
  readonly copyLabel: string
  readonly value: string
}

/** What went in or came out: JSON so that it can be read, anything else as it is. */
function Data({ label, copyLabel, value }: DataProps) {
  const text = useText()
  const shown = pretty(value)
  return (
    <div role="group" aria-label={label}>
      <div className="mb-1 flex h-7 items-center justify-between text-xs text-muted coarse:h-11">
        {label}
        {value !== '' && <CopyButton size="small" label={copyLabel} value={shown} />}
      </div>
      {value === '' ? (
        <p className="text-xs text-muted">{text(chatTexts.toolSaidNothing)}</p>
      ) : (
        // Focusable: a long one is scrolled with the keyboard.
        <pre
          tabIndex={0}
          className="max-h-72 overflow-auto rounded-lg bg-surface px-3 py-2 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap"
        >
          {shown}
        </pre>
      )}
    </div>
  )
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2)
  } catch (error) {
    // It is still being written, or is no JSON.
    if (error instanceof SyntaxError) return json
    throw error
  }
}
