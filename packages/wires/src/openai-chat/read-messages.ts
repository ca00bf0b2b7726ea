import {
  assertArray,
  assertObject,
  defined,
  isObject,
  join,
  readString,
  tryArray,
  tryObject,
  tryString,
} from '../fields.ts'
import {
  type AssistantBlock,
  type AudioBlock,
  type CacheMark,
  type ChatMessage,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type MediaSource,
  type RefusalBlock,
  type TextBlock,
  type ThinkingBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { withNameInWords } from '../shared/names.ts'
import { writeInput } from '../shared/custom-tool.ts'
import { originalToolCallId } from '../shared/ids.ts'
import { assertPicture, readBase64, readUrlSource } from '../shared/media.ts'
import { detailsOf, readDetail, readReasoningText } from './reasoning.ts'
import { signatureOf } from './read-tool-calls.ts'

interface Conversation {
  system: TextBlock[]
  messages: ChatMessage[]
}

/**
 * The list of messages → instructions and conversation. Instructions before the conversation are the system prompt, later
 * ones stay where they are. Tool messages in a row are the results of one turn: one user message.
 */
export function readMessages(values: readonly unknown[]): Conversation {
  const conversation: Conversation = { system: [], messages: [] }
  let results: ToolResultBlock[] | undefined
  for (const [index, value] of values.entries()) {
    const path = join('messages', index)
    const message = assertObject(value, path)
    if (message.role === 'tool') {
      if (results === undefined) {
        results = []
        conversation.messages.push({ role: 'user', content: results })
      }
      results.push(readToolMessage(message, path))
      continue
    }
    results = undefined
    readMessage(message, path, conversation)
  }
  return conversation
}

function readMessage(message: JsonObject, path: string, { system, messages }: Conversation): void {
  const role = readString(message, 'role', path)
  const contentPath = join(path, 'content')
  const name = tryString(message, 'name', path)
  if (role === 'user') {
    messages.push(defined<ChatMessage>({ role, content: readContent(userParts, message.content, contentPath), name }))
  } else if (role === 'assistant') {
    messages.push(defined<ChatMessage>({ role, content: readAssistant(message, path), name }))
  } else if (role === 'system' || role === 'developer') {
    const content = withNameInWords(readContent(textParts, message.content, contentPath), name)
    if (messages.length === 0) system.push(...content)
    else messages.push({ role: 'system', content })
  } else {
    throw new WireError(join(path, 'role'), 'notEither', {
      either: ['system', 'developer', 'user', 'assistant', 'tool'],
    })
  }
}

function readToolMessage(message: JsonObject, path: string): ToolResultBlock {
  return defined<ToolResultBlock>({
    type: 'tool-result',
    toolCallId: originalToolCallId(readString(message, 'tool_call_id', path)),
    toolName: tryString(message, 'name', path),
    content: readContent(resultParts, message.content, join(path, 'content')),
    cache: readCacheMark(message),
  })
}

type PartReader<T> = (part: JsonObject, path: string) => T
type PartReaders<T> = Readonly<Record<string, PartReader<T>>>

function readContent<T>(readers: PartReaders<T>, content: unknown, path: string): (T | TextBlock)[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return assertArray(content, path).map((value, index) => {
    const partPath = join(path, index)
    const part = assertObject(value, partPath)
    const type = readString(part, 'type', partPath)
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined
    if (read) return read(part, partPath)
    const known = Object.keys(readers).join(', ')
    throw new WireError(join(partPath, 'type'), 'otherType', { type, known })
  })
}

const readText: PartReader<TextBlock> = (part, path) =>
  defined<TextBlock>({ type: 'text', text: readString(part, 'text', path), cache: readCacheMark(part) })

const readRefusal: PartReader<RefusalBlock> = (part, path) => ({
  type: 'refusal',
  text: readString(part, 'refusal', path),
})

const readImage: PartReader<ImageBlock> = (part, path) => {
  const imagePath = join(path, 'image_url')
  const image = typeof part.image_url === 'string' ? { url: part.image_url } : assertObject(part.image_url, imagePath)
  const { detail } = image
  return defined<ImageBlock>({
    type: 'image',
    source: assertPicture(
      readUrlSource(readString(image, 'url', imagePath), join(imagePath, 'url')),
      join(imagePath, 'url'),
    ),
    detail: detail === 'low' || detail === 'high' || detail === 'auto' ? detail : undefined,
    cache: readCacheMark(part),
  })
}

const readAudio: PartReader<AudioBlock> = (part, path) => {
  const audioPath = join(path, 'input_audio')
  const audio = assertObject(part.input_audio, audioPath)
  const format = readString(audio, 'format', audioPath)
  const data = readBase64(audio, 'data', audioPath)
  return { type: 'audio', source: { kind: 'base64', mediaType: `audio/${format}`, data }, format }
}

const readFile: PartReader<DocumentBlock> = (part, path) => {
  const filePath = join(path, 'file')
  const file = assertObject(part.file, filePath)
  const fileId = tryString(file, 'file_id', filePath)
  return defined<DocumentBlock>({
    type: 'document',
    source: fileId === undefined ? readFileData(file, filePath) : { kind: 'file', fileId },
    title: tryString(file, 'filename', filePath),
    cache: readCacheMark(part),
  })
}

/** A data URL it should be; bare base64 is what older clients send for PDFs. */
function readFileData(file: JsonObject, path: string): MediaSource {
  const data = readString(file, 'file_data', path)
  if (data.startsWith('data:')) return readUrlSource(data, join(path, 'file_data'))
  return { kind: 'base64', mediaType: 'application/pdf', data: readBase64(file, 'file_data', path) }
}

const textParts: PartReaders<TextBlock> = { text: readText }
const resultParts: PartReaders<TextBlock | ImageBlock | DocumentBlock> = {
  text: readText,
  image_url: readImage,
  file: readFile,
}
const userParts: PartReaders<UserBlock> = { ...resultParts, text: readText, input_audio: readAudio }
const assistantParts: PartReaders<AssistantBlock> = { text: readText, refusal: readRefusal }

function readAssistant(message: JsonObject, path: string): AssistantBlock[] {
  const refusal = tryString(message, 'refusal', path)
  const calls = tryArray(message, 'tool_calls', path) ?? []
  return [
    ...readThinking(message),
    ...readContent(assistantParts, message.content, join(path, 'content')),
    ...(refusal === undefined || refusal === '' ? [] : [{ type: 'refusal' as const, text: refusal }]),
    ...calls.map((call, index) => readToolCall(call, join(join(path, 'tool_calls'), index))),
  ]
}

/** Details hold the text too; where they do not, `reasoning_content` is all there is. */
function readThinking(message: JsonObject): ThinkingBlock[] {
  const text = readReasoningText(message)
  const details = detailsOf(message).map(readDetail)
  const [first, ...rest] = details
  if (first === undefined) return text === '' ? [] : [{ type: 'thinking', text }]
  return details.some((detail) => detail.text !== '') || text === '' ? details : [{ ...first, text }, ...rest]
}

function readToolCall(value: unknown, path: string): ToolCallBlock {
  const call = assertObject(value, path)
  const custom = tryObject(call, 'custom', path)
  return {
    type: 'tool-call',
    id: originalToolCallId(readString(call, 'id', path)),
    ...(custom === undefined ? readFunction(call, path) : readCustom(custom, join(path, 'custom'))),
    ...signatureOf(call),
  }
}

type Called = Pick<ToolCallBlock, 'name' | 'arguments'>

function readFunction(call: JsonObject, path: string): Called {
  const functionPath = join(path, 'function')
  const called = tryObject(call, 'function', path)
  if (called === undefined) throw new WireError(functionPath, 'notFunction')
  const json = isObject(called.arguments)
    ? JSON.stringify(called.arguments)
    : (tryString(called, 'arguments', functionPath) ?? '')
  return { name: readString(called, 'name', functionPath), arguments: json }
}

function readCustom(custom: JsonObject, path: string): Called {
  return { name: readString(custom, 'name', path), arguments: writeInput(readString(custom, 'input', path)) }
}

const lifetimes: Readonly<Record<string, CacheMark['ttl'] & string>> = {
  '5m': '5m',
  '30m': '5m',
  '1h': '1h',
  '12h': '1h',
}

/** OpenAI's own breakpoints, and Anthropic's marks as many clients send them on this wire: a short life or a long one. */
export function readCacheMark(part: JsonObject): CacheMark | undefined {
  const mark = part.prompt_cache_breakpoint ?? part.cache_control
  if (!isObject(mark)) return undefined
  const ttl = typeof mark.ttl === 'string' && Object.hasOwn(lifetimes, mark.ttl) ? lifetimes[mark.ttl] : undefined
  return ttl === undefined ? {} : { ttl }
}
