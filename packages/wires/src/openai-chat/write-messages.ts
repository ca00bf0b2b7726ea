import { defined, tryOwn } from '../fields.ts'
import {
  type AssistantBlock,
  type AudioBlock,
  type ChatMessage,
  type ChatRequest,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type TextBlock,
  type ThinkingBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { tryCustomInput } from '../shared/custom-tool.ts'
import { foreignCallSignature } from '../shared/call-signature.ts'
import { tryGeminiModel } from '../shared/gemini-models.ts'
import { type IdLimits, sentToolCallId } from '../shared/ids.ts'
import { toDataUrl } from '../shared/media.ts'
import { unspokenJson } from '../shared/json-in-words.ts'
import { mediaOf } from '../shared/result-media.ts'
import { type ChatDialect, saysCustom } from './dialect.ts'
import { writeMistralThinking } from './mistral.ts'
import { writeSignature } from './read-tool-calls.ts'
import { isAloud, tryWriteDetail } from './reasoning.ts'

const idLimits: IdLimits = { maxLength: 40 }
const mistralIdLimits: IdLimits = { maxLength: 9, isExact: true }

interface Turn {
  /** The model is still at work: its tools have run since the user last spoke. */
  isRunning: boolean
  /** It has called tools in this turn, whether it is over or not. */
  hasCalls: boolean
  takesSignatures: boolean
  /** Gemini since 3 refuses calls of which the first is not signed, on this wire, too. */
  mustSign: boolean
  request: ChatRequest
  dialect: ChatDialect
}

export function writeMessages(request: ChatRequest, dialect: ChatDialect): JsonObject[] {
  const { model, system: given, messages, output } = request
  const system = [...given, ...unspokenJson(output, [given, ...messages.map(({ content }) => content)])]
  const takesSignatures = /gemini/i.test(model)
  const mustSign = dialect !== 'openrouter' && tryGeminiModel(model)?.mixesTools === true
  let last = 0
  const turns = messages.map((message) => (isUserTurn(message) ? ++last : last))
  const calling = new Set(turns.filter((_turn, index) => messages[index]?.content.some(isCall)))
  const conversation = messages.flatMap((message, index) => {
    const turn = turns[index] ?? last
    const place = { isRunning: turn === last, hasCalls: calling.has(turn) }
    return writeMessage(message, { ...place, takesSignatures, mustSign, request, dialect })
  })
  return system.length === 0 ? conversation : [{ role: 'system', content: writeContent(system) }, ...conversation]
}

/** A message from the user, not only results of tools that the model called. */
function isUserTurn(message: ChatMessage): boolean {
  return message.role === 'user' && message.content.some(({ type }) => type !== 'tool-result')
}

function isCall({ type }: { type: string }): boolean {
  return type === 'tool-call'
}

function idLimitsOf({ dialect }: Turn): IdLimits {
  return dialect === 'mistral' ? mistralIdLimits : idLimits
}

function writeMessage(message: ChatMessage, turn: Turn): JsonObject[] {
  if (message.role === 'user') return writeUser(message.content, message.name, turn)
  if (message.role === 'system') return [{ role: 'system', content: writeContent(message.content) }]
  const written = writeAssistant(message.content, turn)
  return written === undefined ? [] : [defined<JsonObject>({ ...written, name: message.name })]
}

type Part = TextBlock | ImageBlock | DocumentBlock | AudioBlock

/** Results come first, each a message; this wire lets them hold text alone, so their pictures follow as the user's. */
function writeUser(blocks: readonly UserBlock[], name: string | undefined, turn: Turn): JsonObject[] {
  const results = blocks.filter((block) => block.type === 'tool-result')
  const own = blocks.filter((block) => block.type !== 'tool-result')
  const parts: Part[] = [...results.flatMap(mediaOf), ...own]
  const messages = results.map((result) => writeToolMessage(result, turn))
  if (parts.length === 0 && results.length > 0) return messages
  return [...messages, defined<JsonObject>({ role: 'user', content: writeContent(parts), name })]
}

function writeToolMessage({ toolCallId, content }: ToolResultBlock, turn: Turn): JsonObject {
  const texts = content.filter((block) => block.type === 'text')
  return { role: 'tool', tool_call_id: sentToolCallId(toolCallId, idLimitsOf(turn)), content: writeContent(texts) }
}

/** One text is a plain string, which every compatible server takes. */
function writeContent(blocks: readonly Part[]): string | JsonObject[] {
  const [first, ...rest] = blocks
  if (first === undefined) return ''
  if (first.type === 'text' && rest.length === 0) return first.text
  return blocks.map(writePart)
}

function writePart(block: Part): JsonObject {
  switch (block.type) {
    case 'text':
      return { type: 'text', text: block.text }
    case 'image':
      return { type: 'image_url', image_url: writeImageUrl(block) }
    case 'document':
      return writeDocument(block)
    case 'audio':
      return { type: 'input_audio', input_audio: writeAudio(block) }
  }
}

function writeImageUrl({ source, detail }: ImageBlock): JsonObject {
  if (source.kind === 'file') throw new WireError('messages', 'imageFile', { wire: 'openai-chat' })
  const url = source.kind === 'url' ? source.url : toDataUrl(source)
  return detail === undefined ? { url } : { url, detail }
}

/** Text is said as text: files are for PDF. */
function writeDocument({ source, title }: DocumentBlock): JsonObject {
  switch (source.kind) {
    case 'text':
      return textPart(title, source.text)
    case 'file':
      return { type: 'file', file: { file_id: source.fileId } }
    case 'url':
      throw new WireError('messages', 'documentUrl', { wire: 'openai-chat' })
    case 'base64':
      if (source.mediaType.startsWith('text/')) {
        return textPart(title, Buffer.from(source.data, 'base64').toString('utf8'))
      }
      return { type: 'file', file: { filename: title ?? 'document.pdf', file_data: toDataUrl(source) } }
  }
}

function textPart(title: string | undefined, text: string): JsonObject {
  return { type: 'text', text: title === undefined ? text : `${title}\n\n${text}` }
}

const audioFormats: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
}

function writeAudio({ source, format }: AudioBlock): JsonObject {
  if (source.kind !== 'base64') throw new WireError('messages', 'audioElsewhere')
  const { mediaType, data } = source
  return { data, format: format ?? tryOwn(audioFormats, mediaType) ?? mediaType.replace(/^audio\//, '') }
}

/** Undefined when nothing of it can be said: a message without content and calls is refused. */
function writeAssistant(blocks: readonly AssistantBlock[], turn: Turn): JsonObject | undefined {
  const texts = blocks.filter((block) => block.type === 'text').filter(({ text }) => text !== '')
  const refusals = blocks.filter((block) => block.type === 'refusal')
  const calls = blocks.filter((block) => block.type === 'tool-call')
  if (texts.length + refusals.length + calls.length === 0) return undefined
  const thinking = blocks.filter((block) => block.type === 'thinking')
  return defined<JsonObject>({
    role: 'assistant',
    content: texts.length === 0 ? null : writeContent(texts),
    refusal: refusals.length === 0 ? undefined : refusals.map(({ text }) => text).join(''),
    ...writeThinking(thinking, turn, calls.length > 0),
    tool_calls: calls.length === 0 ? undefined : signedCalls(calls, turn).map((call) => writeToolCall(call, turn)),
  })
}

/**
 * Servers that think aloud on this wire want their thoughts back while their tools run. DeepSeek (Thinking mode guide, "Tool
 * calls") and Moonshot refuse a turn in which tools were called without them, at any time later, too; '' stands for those that
 * are not known. OpenRouter gets its pieces back in every turn, and keeps of them what its model needs.
 */
function writeThinking(thinking: readonly ThinkingBlock[], turn: Turn, isCalling: boolean): JsonObject {
  const { dialect, isRunning, hasCalls } = turn
  if (dialect === 'strict') return {}
  if (dialect === 'mistral') return { thinking: writeMistralThinking(thinking, isRunning && isCalling) }
  if (dialect === 'deepseek' || dialect === 'moonshot')
    return hasCalls ? { reasoning_content: textOfOwn(thinking) } : {}
  const pieces = dialect === 'openrouter' ? writePieces(thinking) : []
  if (pieces.length > 0) return { reasoning_details: pieces }
  const text = isRunning && isCalling ? textOfOwn(thinking) : ''
  return text === '' ? {} : { reasoning_content: text }
}

function textOfOwn(thinking: readonly ThinkingBlock[]): string {
  return thinking
    .filter(isAloud)
    .map(({ text }) => text)
    .join('')
}

function writePieces(thinking: readonly ThinkingBlock[]): JsonObject[] {
  return thinking
    .filter(({ detail }) => detail !== undefined)
    .map(tryWriteDetail)
    .filter((detail) => detail !== undefined)
}

function signedCalls(calls: readonly ToolCallBlock[], { mustSign }: Turn): readonly ToolCallBlock[] {
  const [first, ...rest] = calls
  if (!mustSign || first === undefined || first.signature !== undefined) return calls
  return [{ ...first, signature: foreignCallSignature }, ...rest]
}

/** Signatures are for Google's compatible endpoint: others know no such field. */
function writeToolCall(call: ToolCallBlock, turn: Turn): JsonObject {
  const { takesSignatures, request, dialect } = turn
  const { name, arguments: json } = call
  const id = sentToolCallId(call.id, idLimitsOf(turn))
  if (saysCustom(request, name, dialect)) {
    return { id, type: 'custom', custom: { name, input: tryCustomInput(json) ?? json } }
  }
  return {
    id,
    type: 'function',
    function: { name, arguments: json === '' ? '{}' : json },
    ...(takesSignatures ? writeSignature(call.signature) : {}),
  }
}
