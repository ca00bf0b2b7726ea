import { isObject, join, readString, tryBoolean, tryObject, tryString } from '../fields.ts'
import {
  type AssistantBlock,
  type AudioBlock,
  type DocumentBlock,
  type ImageBlock,
  type JsonObject,
  type JsonValue,
  type MediaSource,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { originalToolCallId } from '../shared/ids.ts'
import { foundAt, readBase64 } from '../shared/media.ts'
import { tellProviderRun } from '../shared/provider-run.ts'
import { readCamelCased, tryCamelCased } from './camel.ts'
import { foreignCallSignature } from '../shared/call-signature.ts'
import { readSignature } from './signature.ts'

/** The parts of contents, read into blocks. Calls without ids are counted through the whole conversation. */
export interface CallLedger {
  count: number
  /** Calls that have no result yet, in order. */
  open: { id: string; name: string }[]
}

export function createCallLedger(): CallLedger {
  return { count: 0, open: [] }
}

/** Parts that only the provider's own servers can make or understand. */
function refusePart(part: JsonObject, path: string): never {
  const kind = Object.keys(part).find((key) => isObject(part[key])) ?? 'this'
  throw new WireError(path, 'partOfGemini', { kind })
}

export function readUserPart(value: unknown, path: string, calls: CallLedger): UserBlock[] {
  const part = readCamelCased(value, path)
  const text = tryString(part, 'text', path)
  if (text !== undefined) return text === '' ? [] : [{ type: 'text', text }]
  const media = tryReadMedia(part, path)
  if (media !== undefined) return [media]
  const response = tryCamelCased(part, 'functionResponse', path)
  if (response === undefined) return isEmpty(part) ? [] : refusePart(part, path)
  return [readFunctionResponse(response, join(path, 'functionResponse'), calls)]
}

export function readModelPart(value: unknown, path: string, calls: CallLedger): AssistantBlock[] {
  const part = readCamelCased(value, path)
  const signature = tryString(part, 'thoughtSignature', path)
  const call = tryCamelCased(part, 'functionCall', path)
  if (call !== undefined) return [readFunctionCall(call, { path: join(path, 'functionCall'), signature, calls })]
  return [...readSaid(part, path, signature), ...(tryBoolean(part, 'thought', path) ? [] : readProof(signature))]
}

function readSaid(part: JsonObject, path: string, signature: string | undefined): AssistantBlock[] {
  const text = tryString(part, 'text', path)
  if (text !== undefined) return readText(text, tryBoolean(part, 'thought', path) === true, signature)
  const media = tryReadMedia(part, path)
  if (media?.type === 'image') return [media]
  for (const what of ['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse'] as const) {
    if (isObject(part[what])) return [tellProviderRun(what, part[what])]
  }
  return isEmpty(part) ? [] : refusePart(part, path)
}

function readText(text: string, isThought: boolean, signature: string | undefined): AssistantBlock[] {
  if (isThought) return [{ type: 'thinking', text, ...(signature === undefined ? {} : readSignature(signature)) }]
  return text === '' ? [] : [{ type: 'text', text }]
}

/** A signature on a text is thinking of its own: no other wire signs its texts. */
function readProof(signature: string | undefined): AssistantBlock[] {
  return signature === undefined ? [] : [{ type: 'thinking', text: '', ...readSignature(signature) }]
}

const markFields = new Set(['thought', 'thoughtSignature', 'partMetadata', 'videoMetadata', 'mediaResolution'])

function isEmpty(part: JsonObject): boolean {
  return Object.keys(part).every((key) => markFields.has(key))
}

interface CallPlace {
  path: string
  signature: string | undefined
  calls: CallLedger
}

function readFunctionCall(call: JsonObject, { path, signature, calls }: CallPlace): AssistantBlock {
  const name = readString(call, 'name', path)
  const id = originalToolCallId(tryString(call, 'id', path) ?? `call_${calls.count}`)
  calls.count += 1
  calls.open.push({ id, name })
  const args = JSON.stringify(tryObject(call, 'args', path) ?? {})
  const isSigned = signature !== undefined && signature !== foreignCallSignature
  return { type: 'tool-call', id, name, arguments: args, ...(isSigned ? { signature } : {}) }
}

function readFunctionResponse(response: JsonObject, path: string, calls: CallLedger): ToolResultBlock {
  const name = readString(response, 'name', path)
  const given = tryString(response, 'id', path)
  const result = readResult(tryObject(response, 'response', path) ?? {})
  const media = readResultParts(response, path)
  return {
    type: 'tool-result',
    toolCallId: takeCall(calls, { name, id: given === undefined ? undefined : originalToolCallId(given) }, path),
    toolName: name,
    content: [...result.texts.map((text) => ({ type: 'text' as const, text })), ...media],
    ...(result.isError ? { isError: true } : {}),
  }
}

/** The call that is answered: by its id, or the first of this name that has no answer yet. */
function takeCall(calls: CallLedger, { id, name }: { id: string | undefined; name: string }, path: string): string {
  const index = calls.open.findIndex((call) => (id === undefined ? call.name === name : call.id === id))
  const call = calls.open[index]
  if (call !== undefined) calls.open.splice(index, 1)
  const found = id ?? call?.id
  if (found === undefined) throw new WireError(path, 'callMissing', { name })
  return found
}

/**
 * `{output}` and `{error}` are what the API suggests, `{result}` and `{name, content}` what clients send as well; any other
 * object is the output itself.
 */
function readResult(response: JsonObject): { texts: string[]; isError: boolean } {
  const { name: _, ...named } = response
  const fields = typeof response.content === 'string' ? named : response
  const [key, ...others] = Object.keys(fields)
  if (key === undefined) return { texts: [], isError: false }
  if (others.length > 0 || !resultKeys.has(key)) return { texts: [JSON.stringify(response)], isError: false }
  return { texts: textsOf(fields[key]), isError: key === 'error' }
}

const resultKeys = new Set(['output', 'error', 'result', 'content'])

function textsOf(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value]
  const isTexts = Array.isArray(value) && value.every((member) => typeof member === 'string')
  return isTexts ? value : [JSON.stringify(value)]
}

function readResultParts(response: JsonObject, path: string): (ImageBlock | DocumentBlock)[] {
  const { parts } = response
  if (!Array.isArray(parts)) return []
  return parts.map((value, index) => {
    const partPath = join(join(path, 'parts'), index)
    const part = readCamelCased(value, partPath)
    const media = tryReadMedia(part, partPath)
    if (media === undefined || media.type === 'audio') return refusePart(part, partPath)
    return media
  })
}

function tryReadMedia(part: JsonObject, path: string): ImageBlock | DocumentBlock | AudioBlock | undefined {
  const inline = tryCamelCased(part, 'inlineData', path)
  if (inline !== undefined) return readInline(inline, join(path, 'inlineData'))
  const file = tryCamelCased(part, 'fileData', path)
  return file === undefined ? undefined : readFile(file, join(path, 'fileData'))
}

function readInline(inline: JsonObject, path: string): ImageBlock | DocumentBlock | AudioBlock {
  const mediaType = readString(inline, 'mimeType', path)
  const source: MediaSource = { kind: 'base64', mediaType, data: readBase64(inline, 'data', path) }
  return asMedia(source, mediaType, tryString(inline, 'displayName', path))
}

/** Files of Gemini's own store are its own; anything else that is on the web is a URL. */
function readFile(file: JsonObject, path: string): ImageBlock | DocumentBlock | AudioBlock {
  const uri = readString(file, 'fileUri', path)
  const mediaType = tryString(file, 'mimeType', path)
  const isWeb = /^https?:/.test(uri) && !ownFile.test(uri)
  const type = mediaType === undefined ? {} : { mediaType }
  const source: MediaSource = isWeb ? { kind: 'url', url: uri, ...type } : { kind: 'file', fileId: uri, ...type }
  foundAt(source, join(path, 'fileUri'))
  return asMedia(source, mediaType ?? '', tryString(file, 'displayName', path))
}

const ownFile = /^https:\/\/generativelanguage\.googleapis\.com\//

function asMedia(
  source: MediaSource,
  mediaType: string,
  title: string | undefined,
): ImageBlock | DocumentBlock | AudioBlock {
  if (mediaType.startsWith('image/')) return { type: 'image', source }
  if (mediaType.startsWith('audio/')) return { type: 'audio', source, format: mediaType.slice('audio/'.length) }
  return { type: 'document', source: asText(source), ...(title === undefined ? {} : { title }) }
}

function asText(source: MediaSource): DocumentBlock['source'] {
  if (source.kind !== 'base64' || source.mediaType !== 'text/plain') return source
  return { kind: 'text', text: Buffer.from(source.data, 'base64').toString('utf8') }
}
