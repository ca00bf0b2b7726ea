import { assertArray, assertObject, defined, join, readString, tryBoolean, tryObject, tryString } from '../fields.ts'
import {
  type AssistantBlock,
  type CacheMark,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type MediaSource,
  type TextBlock,
  type ThinkingBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { joinCallSignatures } from '../shared/call-signature.ts'
import { originalToolCallId } from '../shared/ids.ts'
import { assertPicture, readBase64, readUrlSource } from '../shared/media.ts'
import { tryUnwrapOpaque } from '../shared/opaque.ts'
import { tellProviderRun } from '../shared/provider-run.ts'
import { readCitation } from './citations.ts'

type BlockReaders<T> = Readonly<Record<string, (block: JsonObject, path: string) => T | T[]>>
type SourceReaders<T> = Readonly<Record<string, (source: JsonObject, path: string) => T>>

/** Content as text alone: a string or text blocks. */
export function readTextBlocks(content: unknown, path: string): TextBlock[] {
  return readBlocks({ text: readText }, content, path)
}

export function readUserBlocks(content: unknown, path: string): UserBlock[] {
  return readBlocks(userBlocks, content, path)
}

export function readAssistantBlocks(content: unknown, path: string): AssistantBlock[] {
  return joinCallSignatures(readBlocks(assistantBlocks, content, path))
}

function readBlocks<T>(readers: BlockReaders<T>, content: unknown, path: string): (T | TextBlock)[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return assertArray(content, path).flatMap((value, index) => {
    const blockPath = join(path, index)
    const block = assertObject(value, blockPath)
    const type = readString(block, 'type', blockPath)
    const read = Object.hasOwn(readers, type) ? readers[type] : undefined
    if (read === undefined) {
      const known = Object.keys(readers).join(', ')
      throw new WireError(join(blockPath, 'type'), 'otherType', { type, known })
    }
    return read(block, blockPath)
  })
}

function readText(block: JsonObject, path: string): TextBlock {
  const citations = Array.isArray(block.citations) ? block.citations : []
  return defined<TextBlock>({
    type: 'text',
    text: readString(block, 'text', path),
    cache: readCacheMark(block, path),
    annotations:
      citations.length === 0
        ? undefined
        : citations.map((citation, index) =>
            readCitation(assertObject(citation, join(join(path, 'citations'), index))),
          ),
  })
}

function readImage(block: JsonObject, path: string): ImageBlock {
  return defined<ImageBlock>({
    type: 'image',
    source: assertPicture(readSourceBy(sourceReaders, block, path), join(path, 'source')),
    cache: readCacheMark(block, path),
  })
}

const sourceReaders: SourceReaders<MediaSource> = {
  base64: (source, path) => ({
    kind: 'base64',
    mediaType: readString(source, 'media_type', path),
    data: readBase64(source, 'data', path),
  }),
  url: (source, path) => readUrlSource(readString(source, 'url', path), join(path, 'url')),
  file: (source, path) => ({ kind: 'file', fileId: readString(source, 'file_id', path) }),
}

const documentSourceReaders: SourceReaders<DocumentBlock['source']> = {
  ...sourceReaders,
  text: (source, path) => ({ kind: 'text', text: readString(source, 'data', path) }),
  content: (source, path) => ({ kind: 'text', text: joinText(readTextBlocks(source.content, join(path, 'content'))) }),
}

function readSourceBy<T>(readers: SourceReaders<T>, block: JsonObject, path: string): T {
  const sourcePath = join(path, 'source')
  const source = assertObject(block.source, sourcePath)
  const type = readString(source, 'type', sourcePath)
  const read = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (read) return read(source, sourcePath)
  throw new WireError(join(sourcePath, 'type'), 'notEither', { either: Object.keys(readers).join(', ') })
}

function readDocument(block: JsonObject, path: string): DocumentBlock {
  return defined<DocumentBlock>({
    type: 'document',
    source: readSourceBy(documentSourceReaders, block, path),
    title: tryString(block, 'title', path),
    context: tryString(block, 'context', path),
    citations: readCitations(block, path),
    cache: readCacheMark(block, path),
  })
}

/** A search result that the client found is a document that says where it is from. */
function readSearchResult(block: JsonObject, path: string): DocumentBlock {
  return defined<DocumentBlock>({
    type: 'document',
    source: { kind: 'text', text: joinText(readTextBlocks(block.content, join(path, 'content'))) },
    title: readString(block, 'title', path),
    context: readString(block, 'source', path),
    citations: readCitations(block, path),
    cache: readCacheMark(block, path),
  })
}

function readCitations(block: JsonObject, path: string): boolean | undefined {
  return tryBoolean(tryObject(block, 'citations', path) ?? {}, 'enabled', join(path, 'citations'))
}

function joinText(blocks: readonly TextBlock[]): string {
  return blocks.map(({ text }) => text).join('\n')
}

function readToolResult(block: JsonObject, path: string): ToolResultBlock {
  return defined<ToolResultBlock>({
    type: 'tool-result',
    toolCallId: originalToolCallId(readString(block, 'tool_use_id', path)),
    content: readBlocks(resultBlocks, block.content ?? [], join(path, 'content')),
    isError: tryBoolean(block, 'is_error', path),
    cache: readCacheMark(block, path),
  })
}

/** A found tool is named: on other wires all tools are there from the start, so the name is all there is to say. */
function readToolReference(block: JsonObject, path: string): TextBlock {
  return { type: 'text', text: readString(block, 'tool_name', path) }
}

function readThinking(block: JsonObject, path: string): ThinkingBlock {
  const text = readString(block, 'thinking', path)
  const signature = tryString(block, 'signature', path) ?? ''
  if (signature === '') return { type: 'thinking', text }
  return { type: 'thinking', text, ...(tryUnwrapOpaque(signature) ?? { signature, wire: 'anthropic' }) }
}

function readRedactedThinking(block: JsonObject, path: string): ThinkingBlock {
  const encrypted = readString(block, 'data', path)
  return { type: 'thinking', text: '', ...(tryUnwrapOpaque(encrypted) ?? { encrypted, wire: 'anthropic' }) }
}

function readToolUse(block: JsonObject, path: string): ToolCallBlock {
  return defined<ToolCallBlock>({
    type: 'tool-call',
    id: originalToolCallId(readString(block, 'id', path)),
    name: readString(block, 'name', path),
    arguments: JSON.stringify(assertObject(block.input ?? {}, join(path, 'input'))),
    cache: readCacheMark(block, path),
  })
}

const resultBlocks: BlockReaders<TextBlock | ImageBlock | DocumentBlock> = {
  text: readText,
  image: readImage,
  document: readDocument,
  search_result: readSearchResult,
  tool_reference: readToolReference,
}

const userBlocks: BlockReaders<UserBlock> = {
  text: readText,
  image: readImage,
  document: readDocument,
  search_result: readSearchResult,
  tool_result: readToolResult,
  compaction: readCompaction,
}

/** What the upstream made of the messages that it replaces; one that failed has no summary and stands for nothing. */
function readCompaction(block: JsonObject, path: string): TextBlock[] {
  const text = tryString(block, 'content', path) ?? ''
  return text === '' ? [] : [{ type: 'text', text }]
}

/** What only the upstream's own bookkeeping needs. */
function passOver(): [] {
  return []
}

function readProviderCall(block: JsonObject, path: string): TextBlock {
  return tellProviderRun(readString(block, 'name', path), block.input)
}

function readProviderResult(block: JsonObject, path: string): TextBlock {
  return tellProviderRun(readString(block, 'type', path), block.content)
}

const assistantBlocks: BlockReaders<AssistantBlock> = {
  text: readText,
  thinking: readThinking,
  redacted_thinking: readRedactedThinking,
  tool_use: readToolUse,
  server_tool_use: readProviderCall,
  mcp_tool_use: readProviderCall,
  mcp_tool_result: readProviderResult,
  web_search_tool_result: readProviderResult,
  web_fetch_tool_result: readProviderResult,
  code_execution_tool_result: readProviderResult,
  bash_code_execution_tool_result: readProviderResult,
  text_editor_code_execution_tool_result: readProviderResult,
  tool_search_tool_result: readProviderResult,
  advisor_tool_result: readProviderResult,
  compaction: readCompaction,
  fallback: passOver,
  mcp_tool_listing: passOver,
}

export function readCacheMark(block: JsonObject, path: string): CacheMark | undefined {
  const mark = tryObject(block, 'cache_control', path)
  if (mark === undefined) return undefined
  return mark.ttl === '1h' || mark.ttl === '5m' ? { ttl: mark.ttl } : {}
}
