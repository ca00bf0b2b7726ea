/** What Claude thought, which tools it called and what they said, out of a message of Anthropic's data export. */
import { isTooDeep, type ToolResultBlock } from '@parley/wires'
import type { ImportedBlock } from './imported.ts'
import { asArray, asObject, asText, type Json } from './json-values.ts'

/** Undefined where the text says it all. */
export function readClaudeBlocks(content: unknown): readonly ImportedBlock[] | undefined {
  const parts = asArray(content)
  if (isTooDeep(parts)) return undefined
  const blocks = parts.map(asObject).flatMap((part, index) => readPart(part, parts, index))
  return blocks.every(({ type }) => type === 'text') ? undefined : blocks
}

function readPart(part: Json, parts: readonly unknown[], index: number): ImportedBlock[] {
  switch (part['type']) {
    case 'text':
      return asText(part['text']) === '' ? [] : [{ type: 'text', text: asText(part['text']) }]
    case 'thinking':
      return asText(part['thinking']) === '' ? [] : [{ type: 'thinking', text: asText(part['thinking']) }]
    case 'tool_use': {
      const id = asText(part['id']) || placeId(index)
      return [{ type: 'tool-call', id, name: asText(part['name']), arguments: JSON.stringify(part['input'] ?? {}) }]
    }
    case 'tool_result':
      return [readResult(part, parts, index)]
    default:
      return []
  }
}

function readResult(part: Json, parts: readonly unknown[], index: number): ToolResultBlock {
  const { content } = part
  const texts = typeof content === 'string' ? [content] : asArray(content).map((each) => asText(asObject(each)['text']))
  return {
    type: 'tool-result',
    toolCallId: asText(part['tool_use_id']) || placeId(parts.findLastIndex(isCallBefore(index))),
    content: texts.map((text) => ({ type: 'text', text: asText(text) })),
    ...(part['is_error'] === true && { isError: true }),
  }
}

/** Older exports have no ids: a result stands behind its call. */
function placeId(index: number): string {
  return `part ${index}`
}

function isCallBefore(limit: number): (part: unknown, index: number) => boolean {
  return (part, index) => index < limit && asObject(part)['type'] === 'tool_use'
}
