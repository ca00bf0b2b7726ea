import { assertArray, assertObject, isObject, join, readString } from '../fields.ts'
import { type ChatEvent, type JsonObject, noUsage, WireError } from '../neutral.ts'
import { collectReply, type Reply, type ReplyBlock } from '../shared/collect.ts'
import { CallSignatures, wrapCallSignature } from '../shared/call-signature.ts'
import { replyId, toolCallId } from '../shared/ids.ts'
import { assertNotTooDeep, readArguments } from '../shared/json.ts'
import { hasOpaque, isOwnOpaque, tryUnwrapOpaque, wrapOpaque } from '../shared/opaque.ts'
import type { WriteContext } from '../wire.ts'
import { readCitation, tryWriteCitation } from './citations.ts'
import { readErrorObject } from './errors.ts'
import { writeStopReason } from './finish.ts'
import { readFinish, readOpaque } from './read-stream.ts'
import { readUsage, writeUsage } from './usage.ts'

/** A whole message → the events that would have streamed. */
export function readResponse(body: unknown): ChatEvent[] {
  const message = assertObject(body, 'body')
  assertNotTooDeep(message, 'body')
  if (message.type === 'error') {
    return [{ type: 'error', error: readErrorObject(message, { message: 'The upstream reported an error' }) }]
  }
  const events: ChatEvent[] = [{ type: 'start', id: readString(message, 'id'), model: readString(message, 'model') }]
  const callSignatures = new CallSignatures()
  let index = 0
  for (const [position, value] of assertArray(message.content, 'content').entries()) {
    const path = join('content', position)
    const block = assertObject(value, path)
    const said = readBlock(block, path, index)
    const [first] = said
    if (first === undefined || (first.type === 'thinking' && callSignatures.tryKeep(first))) continue
    if (first.type === 'tool-call-start') Object.assign(first, callSignatures.of(first.id))
    events.push(...said, { type: 'block-end', index })
    index += 1
  }
  const { stop_details: details } = message
  if (isObject(details) && typeof details.explanation === 'string' && details.explanation !== '') {
    events.push({ type: 'refusal', index, text: details.explanation }, { type: 'block-end', index })
  }
  if (isObject(message.usage)) events.push({ type: 'usage', usage: readUsage(message.usage) })
  events.push(readFinish(readString(message, 'stop_reason'), message.stop_sequence))
  return events
}

type BlockReader = (block: JsonObject, path: string, index: number) => ChatEvent[]

const blockReaders: Readonly<Record<string, BlockReader>> = {
  text: (block, path, index) => {
    const text: ChatEvent = { type: 'text', index, text: readString(block, 'text', path) }
    const citations = Array.isArray(block.citations) ? block.citations.filter(isObject) : []
    if (text.text === '' && citations.length === 0) return []
    return [
      ...(text.text === '' ? [] : [text]),
      ...citations.map((citation): ChatEvent => ({ type: 'annotation', index, annotation: readCitation(citation) })),
    ]
  },
  thinking: (block, path, index) => {
    const text = readString(block, 'thinking', path)
    const signature = typeof block.signature === 'string' ? block.signature : ''
    if (text === '' && signature === '') return []
    if (signature === '') return [{ type: 'thinking', index, text }]
    return [{ type: 'thinking', index, text, ...(tryUnwrapOpaque(signature) ?? { signature, wire: 'anthropic' }) }]
  },
  redacted_thinking: (block, path, index) => {
    return [{ type: 'thinking', index, text: '', ...readOpaque(readString(block, 'data', path)) }]
  },
  tool_use: (block, path, index) => [
    { type: 'tool-call-start', index, id: readString(block, 'id', path), name: readString(block, 'name', path) },
    { type: 'tool-call-delta', index, json: JSON.stringify(block.input ?? {}) },
  ],
}

/** Blocks of what the upstream ran by itself (searches, code) say nothing to other wires. */
function readBlock(block: JsonObject, path: string, index: number): ChatEvent[] {
  const type = readString(block, 'type', path)
  const read = Object.hasOwn(blockReaders, type) ? blockReaders[type] : undefined
  return read?.(block, path, index) ?? []
}

export function writeResponse(events: readonly ChatEvent[], context: WriteContext): JsonObject {
  const reply = collectReply(events)
  if (reply.error) throw new WireError('error', 'upstreamError', { message: reply.error.message })
  const finish = reply.finish ?? { reason: 'stop' as const }
  return {
    ...writeMessageHead(reply, context),
    content: reply.blocks.flatMap(writeBlock),
    stop_reason: writeStopReason(finish.reason),
    stop_sequence: finish.stopSequence ?? null,
    usage: writeUsage(reply.usage ?? noUsage),
  }
}

/** What a message is before it has said anything. */
export function writeMessageHead(reply: Pick<Reply, 'id'>, context: WriteContext): JsonObject {
  return {
    id: replyId('msg_', reply.id, context.id),
    type: 'message',
    role: 'assistant',
    model: context.model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
  }
}

type ReplyBlockWriters = {
  [T in ReplyBlock['type']]: (block: Extract<ReplyBlock, { type: T }>) => JsonObject | JsonObject[]
}

const blockWriters: ReplyBlockWriters = {
  text: ({ text, annotations }) => {
    const citations = annotations.flatMap((annotation) => tryWriteCitation(annotation) ?? [])
    return { type: 'text', text, citations: citations.length === 0 ? null : citations }
  },
  refusal: ({ text }) => ({ type: 'text', text, citations: null }),
  thinking: (block) => {
    if (block.encrypted !== undefined && block.text === '' && block.signature === undefined) {
      return { type: 'redacted_thinking', data: isOwnOpaque(block, 'anthropic') ? block.encrypted : wrapOpaque(block) }
    }
    return { type: 'thinking', thinking: block.text, signature: writeSignature(block) }
  },
  'tool-call': ({ id, name, arguments: json, signature }) => {
    const head = writeCallHead(id, name)
    const call = { ...head, input: readArguments(json) }
    return signature === undefined ? call : [writeCallSignature(id, signature), call]
  },
  image: (block) => ({ type: 'text', text: imageAsText(block), citations: null }),
}

function writeBlock<T extends ReplyBlock['type']>(block: Extract<ReplyBlock, { type: T }>): JsonObject | JsonObject[] {
  const write: (block: Extract<ReplyBlock, { type: T }>) => JsonObject | JsonObject[] = blockWriters[block.type as T]
  return write(block)
}

/** A call before its input. */
export function writeCallHead(id: string, name: string): JsonObject {
  return { type: 'tool_use', id: toolCallId('toolu_', id), name, input: {}, caller: { type: 'direct' } }
}

/** What a client hands back with the call that follows, as it does with all redacted thinking. */
function writeCallSignature(callId: string, signature: string): JsonObject {
  return { type: 'redacted_thinking', data: wrapCallSignature(callId, signature) }
}

/** The signature that a client of this wire hands back: '' when there is nothing to prove. */
export function writeSignature(block: Parameters<typeof wrapOpaque>[0]): string {
  if (!hasOpaque(block)) return ''
  return isOwnOpaque(block, 'anthropic') ? (block.signature ?? '') : wrapOpaque(block)
}

/** This wire's models cannot draw, so it has no block for a drawing: it becomes Markdown. */
export function imageAsText({ mediaType, data }: { mediaType: string; data: string }): string {
  return `![image](data:${mediaType};base64,${data})`
}
