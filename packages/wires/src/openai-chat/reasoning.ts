import { isObject, tryOwn } from '../fields.ts'
import type { JsonObject, ThinkingBlock, WireName } from '../neutral.ts'
import { hasOpaque, plainFields } from '../shared/opaque.ts'

/**
 * Thinking on this wire, which has no official form for it: `reasoning_content` (DeepSeek, Moonshot, Qwen) or `reasoning`
 * (vLLM, OpenRouter) for the text, and OpenRouter's `reasoning_details` for what must be handed back unchanged (Reasoning
 * tokens guide, 2026-11). A detail names in `format` whose it is; our own clients are shown other wires' thinking so, too.
 */
const formats: Readonly<Record<WireName, string>> = {
  anthropic: 'anthropic-claude-v1',
  'openai-chat': 'openai-chat-v1',
  'openai-responses': 'openai-responses-v1',
  gemini: 'google-gemini-v1',
}
const wiresOfFormats: Readonly<Record<string, WireName>> = Object.fromEntries(
  Object.entries(formats).map(([wire, format]) => [format, wire as WireName]),
)

/** The text of a delta or message; servers that use both names say the same in both. */
export function readReasoningText(object: JsonObject): string {
  const { reasoning_content: content, reasoning } = object
  if (typeof content === 'string' && content !== '') return content
  return typeof reasoning === 'string' ? reasoning : ''
}

/** Those that say something. */
export function detailsOf(object: JsonObject): JsonObject[] {
  const details = Array.isArray(object.reasoning_details) ? object.reasoning_details : []
  return details.filter(isObject).filter((detail) => textOfDetail(detail) !== '' || isProof(detail))
}

export function textOfDetail({ text, summary }: JsonObject): string {
  return textOf(text ?? summary)
}

/** Whether it has what ends a piece of thinking: in a stream, text comes before. */
export function isProof({ signature, data }: JsonObject): boolean {
  return textOf(signature) !== '' || textOf(data) !== ''
}

/** A stream says texts and summaries in fragments; what is encrypted it says whole. */
export function isOfSameDetail(previous: JsonObject, next: JsonObject): boolean {
  return previous.type === next.type && previous.index === next.index && textOf(next.data) === ''
}

/** Of an upstream's reply: what must go back to it, beside the text. */
export function readOwnDetail(detail: JsonObject): Omit<ThinkingBlock, 'type' | 'text'> {
  const { text: _text, summary: _summary, signature: _signature, data: _data, id: _id, ...rest } = detail
  return { ...readProof(detail), wire: 'openai-chat', detail: plainFields(rest) }
}

/** Of a client's request. What no other wire's upstream has made can only be OpenRouter's own. */
export function readDetail(detail: JsonObject): ThinkingBlock {
  const text = textOfDetail(detail)
  const wire = tryOwn(wiresOfFormats, textOf(detail.format))
  if (wire === undefined) return { type: 'thinking', text, ...readOwnDetail(detail) }
  return { type: 'thinking', text, ...(isProof(detail) ? { ...readProof(detail), wire } : {}) }
}

function readProof({ signature, data, id }: JsonObject): Pick<ThinkingBlock, 'signature' | 'encrypted' | 'id'> {
  return {
    ...(textOf(signature) === '' ? {} : { signature: textOf(signature) }),
    ...(textOf(data) === '' ? {} : { encrypted: textOf(data) }),
    ...(textOf(id) === '' ? {} : { id: textOf(id) }),
  }
}

/** Said as it came, by a server that thinks aloud: nothing of it is proven, and no provider holds the rest. */
export function isAloud({ signature, encrypted, detail }: ThinkingBlock): boolean {
  const isProviders = tryOwn(wiresOfFormats, textOf(detail?.format)) !== undefined
  return signature === undefined && encrypted === undefined && !isProviders
}

/** Undefined when the text is all there is, which `reasoning_content` says. */
export function tryWriteDetail(block: ThinkingBlock, index: number): JsonObject | undefined {
  if (!hasOpaque(block)) return undefined
  const { text, signature, encrypted, id, wire } = block
  const type = encrypted === undefined ? 'reasoning.text' : 'reasoning.encrypted'
  const detail: JsonObject = block.detail ? { ...block.detail } : { type, index }
  const isEncryptedAlone = block.detail?.type === 'reasoning.encrypted'
  if (text !== '' && !isEncryptedAlone) detail[detail.type === 'reasoning.summary' ? 'summary' : 'text'] = text
  if (signature !== undefined) detail.signature = signature
  if (encrypted !== undefined) detail.data = encrypted
  if (id !== undefined) detail.id = id
  if (wire !== undefined && block.detail === undefined) detail.format = formats[wire]
  return detail
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
