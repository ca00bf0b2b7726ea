import { defined, join } from '../fields.ts'
import {
  type AssistantBlock,
  type AudioBlock,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type MediaSource,
  type ThinkingBlock,
  type ToolCallBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { sentToolCallId } from '../shared/ids.ts'
import { readArguments } from '../shared/json.ts'
import { isOwnSignature } from './signature.ts'

/** Blocks as parts of contents. `path` names the block in the neutral request, for errors. */

const idLimits = { maxLength: 256 }

/** Names of the functions by the ids of their calls: a result must say which function it is of. */
export type CallNames = Map<string, string>

export function writeUserPart(block: UserBlock, path: string, names: CallNames): JsonObject[] {
  if (block.type === 'text') return [{ text: block.text }]
  if (block.type === 'tool-result') return [{ functionResponse: writeToolResult(block, path, names) }]
  return writeMedia(block, path)
}

export function writeModelPart(block: AssistantBlock, path: string, names: CallNames): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return [{ text: block.text }]
    case 'thinking':
      return writeThinking(block)
    case 'image':
      return writeMedia(block, path)
    case 'tool-call':
      names.set(block.id, block.name)
      return [writeToolCall(block)]
  }
}

/** Thinking goes back only to the upstream that signed it. */
function writeThinking(block: ThinkingBlock): JsonObject[] {
  if (!isOwnSignature(block)) return []
  const { text, signature } = block
  return [text === '' ? { text, thoughtSignature: signature } : { text, thought: true, thoughtSignature: signature }]
}

function writeToolCall({ id, name, arguments: json, signature }: ToolCallBlock): JsonObject {
  const functionCall = { id: sentToolCallId(id, idLimits), name, args: readArguments(json) }
  return defined<JsonObject>({ functionCall, thoughtSignature: signature })
}

function writeToolResult(block: ToolResultBlock, path: string, names: CallNames): JsonObject {
  const name = names.get(block.toolCallId) ?? block.toolName
  if (name === undefined) throw new WireError(path, 'callElsewhere')
  const texts = block.content.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  const parts = block.content.flatMap((part) => (part.type === 'text' ? [] : writeMedia(part, path)))
  return defined<JsonObject>({
    id: sentToolCallId(block.toolCallId, idLimits),
    name,
    response: writeOutput(texts, block.isError === true ? 'error' : 'output'),
    parts: parts.length === 0 ? undefined : parts,
  })
}

function writeOutput(texts: string[], key: 'output' | 'error'): JsonObject {
  const [only, ...others] = texts
  if (only === undefined) return key === 'error' ? { error: '' } : {}
  return { [key]: others.length === 0 ? only : texts }
}

function writeMedia(block: ImageBlock | DocumentBlock | AudioBlock, path: string): JsonObject[] {
  const title = block.type === 'document' ? block.title : undefined
  return [writeSource(block.source, { title, path, defaultType: defaultTypes[block.type] })]
}

const defaultTypes = { image: 'image/jpeg', document: 'application/pdf', audio: 'audio/wav' } as const

interface MediaDetails {
  title: string | undefined
  path: string
  defaultType: string
}

function writeSource(source: MediaSource | { kind: 'text'; text: string }, details: MediaDetails): JsonObject {
  const displayName = details.title
  if (source.kind === 'text') {
    const data = Buffer.from(source.text).toString('base64')
    return { inlineData: defined<JsonObject>({ mimeType: 'text/plain', data, displayName }) }
  }
  if (source.kind === 'base64') {
    return { inlineData: defined<JsonObject>({ mimeType: source.mediaType, data: source.data, displayName }) }
  }
  const fileUri = source.kind === 'url' ? source.url : writeFileId(source.fileId, details.path)
  const mimeType =
    source.mediaType ?? (source.kind === 'url' ? typeOfUrl(source.url) : undefined) ?? details.defaultType
  return { fileData: defined<JsonObject>({ mimeType, fileUri, displayName }) }
}

/** Ids of other providers' file stores mean nothing here. */
function writeFileId(fileId: string, path: string): string {
  if (/^(?:https:|gs:|files\/)/.test(fileId)) return fileId
  throw new WireError(join(path, 'source'), 'foreignFile', { wire: 'gemini' })
}

const extensionTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  pdf: 'application/pdf',
  txt: 'text/plain',
  mp3: 'audio/mp3',
  wav: 'audio/wav',
  mp4: 'video/mp4',
}

function typeOfUrl(url: string): string | undefined {
  const extension = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(extensionTypes, extension) ? extensionTypes[extension] : undefined
}
