import type { ChatEvent, FinishReason, JsonObject, RelayError } from '../neutral.ts'
import { replyId } from '../shared/ids.ts'
import type { WriteContext } from '../wire.ts'
import { writeErrorEvent, writeFailure, writeStreamError } from './errors.ts'
import { closeItem, createDraft, type OpenBlock, openItem, placeOf, type ReplyDraft, say } from './reply.ts'
import { closeCall, writeCallDelta, writeCallStart } from './reply-call.ts'
import { takeSummary, writeCompaction } from './reply-compaction.ts'
import { closeMessage, closePart, writeAnnotationEvent, writeRefusal, writeText } from './reply-message.ts'
import { closeReasoning, writeThinking } from './reply-reasoning.ts'
import { writeReplyObject } from './reply-object.ts'

type EventType = ChatEvent['type']
type EventOf<T extends EventType> = Extract<ChatEvent, { type: T }>

/** Neutral events → Responses streaming events (Streaming events reference, 2026-11). */
export function writeStream(context: WriteContext): (event: ChatEvent) => string {
  const draft = createDraft(context)
  return (event) => writeEvent(draft, event)
}

const eventWriters: { [T in EventType]: (draft: ReplyDraft, event: EventOf<T>) => string } = {
  start: begin,
  usage: (draft, { usage }) => {
    draft.usage = usage
    return ''
  },
  text: (draft, { index, text }) => writeText(draft, index, text),
  refusal: (draft, { index, text }) => writeRefusal(draft, index, text),
  annotation: (draft, { index, annotation }) => writeAnnotationEvent(draft, index, annotation),
  thinking: (draft, event) => endMessage(draft, event.index) + writeThinking(draft, event),
  'tool-call-start': (draft, event) => endMessage(draft, event.index) + writeCallStart(draft, event),
  'tool-call-delta': (draft, { index, json }) => writeCallDelta(draft, index, json),
  image: (draft, event) => endMessage(draft, event.index) + writeImage(draft, event),
  'block-end': (draft, { index }) => endBlock(draft, index, 'completed'),
  finish: (draft, { reason }) => finish(draft, reason),
  error: (draft, { error }) => fail(draft, error),
}

export function writeEvent<T extends EventType>(draft: ReplyDraft, event: EventOf<T>): string {
  if (draft.isOver || takeSummary(draft, event)) return ''
  const write: (draft: ReplyDraft, event: EventOf<T>) => string = eventWriters[event.type as T]
  const waits = draft.hasBegun || event.type === 'start' || event.type === 'usage' || event.type === 'error'
  return (waits ? '' : begin(draft)) + write(draft, event)
}

function begin(draft: ReplyDraft, start?: EventOf<'start'>): string {
  if (draft.hasBegun) return ''
  draft.hasBegun = true
  draft.id = replyId('resp_', start?.id, draft.context.id)
  const response = writeReplyObject(draft)
  return say(draft, 'response.created', { response }) + say(draft, 'response.in_progress', { response })
}

/** Text that comes after a block of another kind belongs to another message. */
function endMessage(draft: ReplyDraft, index: number): string {
  return draft.blocks.has(index) ? '' : closeMessage(draft, 'completed')
}

function writeImage(draft: ReplyDraft, { index, mediaType, data }: EventOf<'image'>): string {
  if (draft.blocks.has(index)) return ''
  const format = mediaType.slice(mediaType.indexOf('/') + 1)
  const [item, said] = openItem(draft, 'ig_', { type: 'image_generation_call', status: 'in_progress', result: null })
  Object.assign(item.item, { status: 'completed', output_format: format, result: data })
  return said + say(draft, 'response.image_generation_call.completed', placeOf(item)) + closeItem(draft, item)
}

function endBlock(draft: ReplyDraft, index: number, status: string): string {
  const block = draft.blocks.get(index)
  if (block === undefined) return ''
  draft.blocks.delete(index)
  return closeBlock(draft, block, status)
}

function closeBlock(draft: ReplyDraft, block: OpenBlock, status: string): string {
  if (block.kind === 'reasoning') return closeReasoning(draft, block)
  return block.kind === 'call' ? closeCall(draft, block, status) : closePart(draft, block)
}

const incompleteReasons: Partial<Record<FinishReason, string>> = {
  length: 'max_output_tokens',
  'context-window': 'max_output_tokens',
  'content-filter': 'content_filter',
}

function finish(draft: ReplyDraft, reason: FinishReason): string {
  if (reason === 'malformed-tool-call') return fail(draft, malformedCall)
  if (draft.summary === '') return fail(draft, noSummary)
  const why = incompleteReasons[reason] ?? (reason === 'refusal' && !draft.hasRefused ? 'content_filter' : undefined)
  const status = why === undefined ? 'completed' : 'incomplete'
  const said = draft.summary === undefined ? endAll(draft, status) : writeCompaction(draft, draft.summary)
  const outcome = why === undefined ? { status } : { status, incomplete_details: { reason: why } }
  return said + end(draft, outcome)
}

const malformedCall: RelayError = {
  kind: 'server',
  status: 502,
  message: 'The model made a tool call that cannot be read',
}

const noSummary: RelayError = { kind: 'server', status: 502, message: 'The model wrote no summary' }

function fail(draft: ReplyDraft, error: RelayError): string {
  if (!draft.hasBegun) {
    draft.isOver = true
    return writeStreamError(error)
  }
  const said = endAll(draft, 'incomplete') + writeErrorEvent(error, draft.sequenceNumber++)
  return said + end(draft, { status: 'failed', error: writeFailure(error) })
}

function endAll(draft: ReplyDraft, status: string): string {
  const blocks = [...draft.blocks.keys()].map((index) => endBlock(draft, index, status))
  return blocks.join('') + closeMessage(draft, status)
}

function end(draft: ReplyDraft, outcome: JsonObject & { status: string }): string {
  draft.isOver = true
  draft.outcome = outcome
  return say(draft, `response.${outcome.status}`, { response: writeReplyObject(draft) })
}
