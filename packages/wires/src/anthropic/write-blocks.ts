import { saysSomething } from '../carried.ts'
import { defined } from '../fields.ts'
import type {
  AssistantBlock,
  CacheMark,
  DocumentBlock,
  ImageBlock,
  JsonObject,
  MediaSource,
  TextBlock,
  ThinkingBlock,
  ToolResultBlock,
  UserBlock,
} from '../neutral.ts'
import { WireError } from '../neutral.ts'
import { sentToolCallId } from '../shared/ids.ts'
import { readArguments } from '../shared/json.ts'
import { isOwnOpaque } from '../shared/opaque.ts'
import { tryOwnCitation } from './citations.ts'

const idLimits = { maxLength: 256, characters: /^[a-zA-Z0-9_-]+$/ }

/** Texts that say nothing are refused by this wire. */
export function writeUserBlocks(blocks: readonly UserBlock[]): JsonObject[] {
  return blocks.filter(saysSomething).map(writeUserBlock)
}

export function writeAssistantBlocks(blocks: readonly AssistantBlock[]): JsonObject[] {
  return blocks.filter(saysSomething).flatMap(writeAssistantBlock)
}

function writeUserBlock(block: UserBlock): JsonObject {
  switch (block.type) {
    case 'text':
      return writeText(block)
    case 'image':
      return writeImage(block)
    case 'document':
      return writeDocument(block)
    case 'tool-result':
      return writeToolResult(block)
    case 'audio':
      throw new WireError('messages', 'audio', { wire: 'anthropic' })
  }
}

function writeAssistantBlock(block: AssistantBlock): JsonObject[] {
  switch (block.type) {
    case 'text':
      return [writeText(block)]
    case 'refusal':
      return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }]
    case 'thinking':
      return writeThinking(block)
    case 'tool-call':
      return [
        defined<JsonObject>({
          type: 'tool_use',
          id: sentToolCallId(block.id, idLimits),
          name: block.name,
          input: readArguments(block.arguments),
          cache_control: writeCacheMark(block.cache),
        }),
      ]
    case 'image':
      throw new WireError('messages', 'assistantImage', { wire: 'anthropic' })
  }
}

/** Only what the upstream can prove to be its own may be handed back; other thinking is left out. */
function writeThinking(block: ThinkingBlock): JsonObject[] {
  if (!isOwnOpaque(block, 'anthropic')) return []
  if (block.signature !== undefined) return [{ type: 'thinking', thinking: block.text, signature: block.signature }]
  return block.encrypted === undefined ? [] : [{ type: 'redacted_thinking', data: block.encrypted }]
}

export function writeTexts(blocks: readonly TextBlock[]): JsonObject[] {
  return blocks.filter(saysSomething).map(writeText)
}

function writeText({ text, cache, annotations }: TextBlock): JsonObject {
  const citations = annotations?.flatMap((annotation) => tryOwnCitation(annotation) ?? []) ?? []
  return defined<JsonObject>({
    type: 'text',
    text,
    cache_control: writeCacheMark(cache),
    citations: citations.length === 0 ? undefined : citations,
  })
}

function writeImage({ source, cache }: ImageBlock): JsonObject {
  return defined<JsonObject>({ type: 'image', source: writeSource(source), cache_control: writeCacheMark(cache) })
}

function writeSource(source: MediaSource): JsonObject {
  switch (source.kind) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file':
      return { type: 'file', file_id: source.fileId }
  }
}

function writeDocument(block: DocumentBlock): JsonObject {
  return defined<JsonObject>({
    type: 'document',
    source: writeDocumentSource(block.source),
    title: block.title,
    context: block.context,
    citations: block.citations === undefined ? undefined : { enabled: block.citations },
    cache_control: writeCacheMark(block.cache),
  })
}

/** Text is said as text whichever way it came: inline bytes are for PDF only. */
function writeDocumentSource(source: DocumentBlock['source']): JsonObject {
  if (source.kind === 'text') return { type: 'text', media_type: 'text/plain', data: source.text }
  if (source.kind === 'base64' && source.mediaType.startsWith('text/')) {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString('utf8') }
  }
  return writeSource(source)
}

const unsaidError: TextBlock = { type: 'text', text: 'Error' }

/** An error that says nothing is refused. */
function writeToolResult(block: ToolResultBlock): JsonObject {
  const said = block.content.filter(saysSomething)
  const content = said.length === 0 && block.isError ? [unsaidError] : said
  return defined<JsonObject>({
    type: 'tool_result',
    tool_use_id: sentToolCallId(block.toolCallId, idLimits),
    content: content.map(writeUserBlock),
    is_error: block.isError,
    cache_control: writeCacheMark(block.cache),
  })
}

export function writeCacheMark(mark: CacheMark | undefined): JsonObject | undefined {
  if (mark === undefined) return undefined
  return mark.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: mark.ttl }
}
