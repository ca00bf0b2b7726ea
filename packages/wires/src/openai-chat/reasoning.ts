import { isObject } from '../fields.ts'
import type { JsonObject, ThinkingBlock, WireName } from '../neutral.ts'
import { hasOpaque } from '../shared/opaque.ts'

/**
 * Thinking on this wire, which has no official form for it: `reasoning_content` (DeepSeek, Moonshot, Qwen) or `reasoning`
 * (vLLM, OpenRouter) for the text, and OpenRouter's `reasoning_details` for what must be handed back unchanged. A detail
 * names in `format` whose it is.
 */
const formats: Readonly<Record<WireName, string>> = {
  anthropic: 'anthropic-claude-v1',
  'openai-chat': 'openai-chat-v1',
  'openai-responses': 'openai-responses-v1',
  gemini: 'google-gemini-v1',
}

/** The text of a delta or message; servers that use both names say the same in both. */
export function readReasoningText(object: JsonObject): string {
  const { reasoning_content: content, reasoning } = object
  if (typeof content === 'string' && content !== '') return content
  return typeof reasoning === 'string' ? reasoning : ''
}

export function readDetails(object: JsonObject): ThinkingBlock[] {
  const details = Array.isArray(object.reasoning_details) ? object.reasoning_details : []
  return details.filter(isObject).map(readDetail)
}

function readDetail(detail: JsonObject): ThinkingBlock {
  const text = detail.text ?? detail.summary
  const block: ThinkingBlock = { type: 'thinking', text: typeof text === 'string' ? text : '' }
  if (typeof detail.signature === 'string' && detail.signature !== '') block.signature = detail.signature
  if (typeof detail.data === 'string' && detail.data !== '') block.encrypted = detail.data
  if (!hasOpaque(block)) return block
  if (typeof detail.id === 'string') block.id = detail.id
  const wire = Object.entries(formats).find(([, format]) => format === detail.format)?.[0] as WireName | undefined
  if (wire !== undefined) block.wire = wire
  return block
}

/** Undefined when the text is all there is, which `reasoning_content` says. */
export function tryWriteDetail(block: ThinkingBlock, index: number): JsonObject | undefined {
  if (!hasOpaque(block)) return undefined
  const detail: JsonObject = { type: block.encrypted === undefined ? 'reasoning.text' : 'reasoning.encrypted', index }
  if (block.text !== '') detail.text = block.text
  if (block.signature !== undefined) detail.signature = block.signature
  if (block.encrypted !== undefined) detail.data = block.encrypted
  if (block.id !== undefined) detail.id = block.id
  if (block.wire !== undefined) detail.format = formats[block.wire]
  return detail
}
