/** A message as it is drawn: what it is made of, in order. */
import type { Message } from '../../api/types.ts'

export interface ToolPart {
  readonly type: 'tool'
  readonly id: string
  readonly name: string
  readonly input: string
}

export type Part =
  | { readonly type: 'text' | 'thinking'; readonly text: string }
  | ToolPart
  | { readonly type: 'image'; readonly mediaType: string; readonly data: string }

export function partsOf({ blocks, content }: Message): readonly Part[] {
  if (blocks === null) return content === '' ? [] : [{ type: 'text', text: content }]
  return blocks.flatMap((block): readonly Part[] => {
    switch (block.type) {
      case 'text':
      case 'refusal':
        return [{ type: 'text', text: block.text }]
      case 'thinking':
        return block.text === '' ? [] : [{ type: 'thinking', text: block.text }]
      case 'tool-call':
        return [{ type: 'tool', id: block.id, name: block.name, input: block.arguments }]
      case 'image':
        return imageOf(block.source)
      default:
        return []
    }
  })
}

function imageOf({ mediaType, data }: { readonly mediaType?: string; readonly data?: string }): readonly Part[] {
  return mediaType === undefined || data === undefined ? [] : [{ type: 'image', mediaType, data }]
}
