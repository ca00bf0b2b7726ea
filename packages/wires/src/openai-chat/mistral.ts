import { defined, isObject, tryOwn } from '../fields.ts'
import type { JsonObject, JsonValue, ThinkingBlock } from '../neutral.ts'
import { isAloud } from './reasoning.ts'

/** A request as Mistral's own API has it (client @mistralai/mistralai 2.7.0). */
export function asMistralRequest(request: JsonObject): JsonObject {
  const { seed, user: _user, service_tier: tier, tool_choice: choice, messages, ...rest } = request
  return defined<JsonObject>({
    ...rest,
    messages: Array.isArray(messages) ? asMistralMessages(messages.filter(isObject)) : messages,
    tool_choice: choice === 'required' ? 'any' : choice,
    random_seed: seed,
    service_tier: typeof tier === 'string' ? tryOwn(tiers, tier) : undefined,
  })
}

const tiers: Readonly<Record<string, string>> = { auto: 'auto', default: 'standard_only' }

/**
 * Parts of content differ from OpenAI's: thinking is a part, documents and audio have others, a refusal is text. A last message
 * of the assistant is what its reply begins with.
 */
function asMistralMessages(messages: readonly JsonObject[]): JsonObject[] {
  return messages.map((message, index) => {
    if (message.role !== 'assistant') return { ...message, content: asMistralContent(message.content ?? null) }
    const begun = asMistralAssistant(message)
    return index === messages.length - 1 ? { ...begun, prefix: true } : begun
  })
}

/** What it has signed goes back in every turn, other thoughts aloud while tools run. Thinking of other wires stays out. */
export function writeMistralThinking(blocks: readonly ThinkingBlock[], isRunning: boolean): JsonObject[] {
  return blocks
    .filter((block) => isSignedHere(block) || (isRunning && isAloud(block)))
    .map(({ text, signature }) =>
      defined<JsonObject>({ type: 'thinking', thinking: [{ type: 'text', text }], signature, closed: true }),
    )
}

function isSignedHere({ wire, signature, detail }: ThinkingBlock): boolean {
  return wire === 'openai-chat' && signature !== undefined && detail === undefined
}

function asMistralAssistant({ refusal, thinking, ...message }: JsonObject): JsonObject {
  const thoughts = asParts(thinking)
  if (thoughts.length === 0 && typeof refusal !== 'string') return message
  return { ...message, content: [...thoughts, ...asParts(message.content), ...asParts(refusal)] }
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
