/** A message as it is drawn: what it is made of, in order. */
import type { Message, MessageBlock, MessageStatus, ToolResultBlock } from '../../api/types.ts'

export interface ToolPart {
  readonly type: 'tool'
  readonly id: string
  readonly name: string
  readonly input: string
  /** What came back; undefined: nothing has. */
  readonly output?: string
  readonly hasFailed?: boolean
}

export type Part =
  | { readonly type: 'text' | 'thinking'; readonly text: string }
  | ToolPart
  | { readonly type: 'image'; readonly mediaType: string; readonly data: string }

export function partsOf({ blocks, content }: Message): readonly Part[] {
  if (blocks === null) return content === '' ? [] : [{ type: 'text', text: content }]
  const results = new Map(blocks.flatMap((block) => (block.type === 'tool-result' ? [[block.toolCallId, block]] : [])))
  return blocks.flatMap((block): readonly Part[] => {
    switch (block.type) {
      case 'text':
      case 'refusal':
        return [{ type: 'text', text: block.text }]
      case 'thinking':
        return block.text === '' ? [] : [{ type: 'thinking', text: block.text }]
      case 'tool-call':
        return [toolOf(block, results.get(block.id))]
      case 'image':
        return imageOf(block.source)
      default:
        return []
    }
  })
}

function toolOf(call: MessageBlock & { type: 'tool-call' }, result: ToolResultBlock | undefined): ToolPart {
  const tool = { type: 'tool', id: call.id, name: call.name, input: call.arguments } as const
  if (result === undefined) return tool
  const texts = Array.isArray(result.content)
    ? result.content.flatMap(({ text }) => (typeof text === 'string' ? [text] : []))
    : []
  return { ...tool, output: texts.join('\n'), hasFailed: result.isError === true }
}

function imageOf({ mediaType, data }: { readonly mediaType?: string; readonly data?: string }): readonly Part[] {
  return mediaType === undefined || data === undefined ? [] : [{ type: 'image', mediaType, data }]
}

/** `called`: nobody has said what came of it. */
export type ToolState = 'running' | 'called' | 'done' | 'failed' | 'cut'

/** How it stands with a tool in a message of that state; what was written last is what the message ended in. */
export function toolState(
  { output, hasFailed = false }: ToolPart,
  { status, isLast }: { readonly status: MessageStatus; readonly isLast: boolean },
): ToolState {
  if (output !== undefined) return hasFailed ? 'failed' : 'done'
  if (!isLast || status === 'done') return 'called'
  if (status === 'running') return 'running'
  return status === 'failed' ? 'failed' : 'cut'
}
