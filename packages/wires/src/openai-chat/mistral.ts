import { isObject } from '../fields.ts'
import type { JsonObject, JsonValue } from '../neutral.ts'

/**
 * Messages as Mistral takes them, whose parts of content differ from OpenAI's (client @mistralai/mistralai 2.7.0): thinking is a
 * part, documents and audio have others, a refusal is text. A last message of the assistant is what its reply begins with.
 */
export function asMistralMessages(messages: readonly JsonObject[]): JsonObject[] {
  return messages.map((message, index) => {
    if (message.role !== 'assistant') return { ...message, content: asMistralContent(message.content ?? null) }
    const begun = asMistralAssistant(message)
    return index === messages.length - 1 ? { ...begun, prefix: true } : begun
  })
}

function asMistralAssistant({ refusal, reasoning_content: thinking, ...message }: JsonObject): JsonObject {
  if (typeof thinking !== 'string' && typeof refusal !== 'string') return message
  return { ...message, content: [...asThinking(thinking), ...asParts(message.content), ...asParts(refusal)] }
}

function asThinking(text: JsonValue | undefined): JsonObject[] {
  return typeof text === 'string' ? [{ type: 'thinking', thinking: [{ type: 'text', text }], closed: true }] : []
}

function asParts(content: JsonValue | undefined): JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return Array.isArray(content) ? content.filter(isObject) : []
}

function asMistralContent(content: JsonValue): JsonValue {
  return Array.isArray(content) ? content.filter(isObject).map(asMistralPart) : content
}

function asMistralPart(part: JsonObject): JsonObject {
  const { file, input_audio: audio } = part
  if (isObject(audio)) return { type: 'input_audio', input_audio: audio.data ?? '' }
  if (!isObject(file)) return part
  if (file.file_id !== undefined) return { type: 'file', file_id: file.file_id }
  return { type: 'document_url', document_url: file.file_data ?? '', document_name: file.filename ?? 'document.pdf' }
}
