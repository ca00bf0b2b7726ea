import { type ChatEvent, type JsonObject, noUsage, type ThinkingEvent, type Usage } from '../neutral.ts'
import { wrapCallSignature } from '../shared/call-signature.ts'
import { isOwnOpaque, wrapOpaque } from '../shared/opaque.ts'
import { createBlockSequencer } from '../shared/sequence.ts'
import { encodeSseJson } from '../sse.ts'
import type { WriteContext } from '../wire.ts'
import { tryWriteCitation } from './citations.ts'
import { writeStreamError } from './errors.ts'
import { writeStopReason } from './finish.ts'
import { imageAsText, writeCallHead, writeMessageHead, writeSignature } from './response.ts'
import { writeDeltaUsage, writeUsage } from './usage.ts'

type EventType = ChatEvent['type']
type EventOf<T extends EventType> = Extract<ChatEvent, { type: T }>

interface State {
  context: WriteContext
  id: string | undefined
  usage: Usage | undefined
  /** `message_start` waits for the first event that is not usage, because it carries the usage known by then. */
  hasStarted: boolean
  openIndex: number | undefined
}

/** Neutral events → Messages streaming events (Streaming reference, 2026-11): blocks strictly one after another. */
export function writeStream(context: WriteContext): (event: ChatEvent) => string {
  const state: State = { context, id: undefined, usage: undefined, hasStarted: false, openIndex: undefined }
  const sequence = createBlockSequencer()
  const write = (event: ChatEvent): string => {
    let text = ''
    for (const next of sequence(event)) text += writeEvent(state, next)
    return text
  }
  return (event) => (event.type === 'tool-call-start' ? writeCallSignature(event, write) : '') + write(event)
}

/** The signature of a call, in a block of its own before it; negative indexes are nobody else's. */
function writeCallSignature(
  { id, index, signature }: EventOf<'tool-call-start'>,
  write: (event: ChatEvent) => string,
): string {
  if (signature === undefined) return ''
  const encrypted = wrapCallSignature(id, signature)
  const block = { index: -1 - index }
  return (
    write({ type: 'thinking', text: '', encrypted, wire: 'anthropic', ...block }) +
    write({ type: 'block-end', ...block })
  )
}

const eventWriters: { [T in EventType]: (state: State, event: EventOf<T>) => string } = {
  start: (state, event) => {
    state.id = event.id
    return ''
  },
  usage: (state, event) => {
    state.usage = event.usage
    return ''
  },
  text: (state, { index, text }) => openText(state, index) + writeTextDelta(index, text),
  refusal: (state, { index, text }) => openText(state, index) + writeTextDelta(index, text),
  image: (state, event) => openText(state, event.index) + writeTextDelta(event.index, imageAsText(event)),
  annotation: (state, { index, annotation }) => {
    const citation = tryWriteCitation(annotation)
    if (citation === undefined) return openText(state, index)
    return openText(state, index) + writeDelta(index, JSON.stringify({ type: 'citations_delta', citation }))
  },
  thinking: writeThinking,
  'tool-call-start': (state, { index, id, name }) => openBlock(state, index, writeCallHead(id, name)),
  'tool-call-delta': (_state, { index, json }) =>
    writeDelta(index, `{"type":"input_json_delta","partial_json":${JSON.stringify(json)}}`),
  'block-end': (state, { index }) => {
    state.openIndex = undefined
    return encodeSseJson('content_block_stop', `{"type":"content_block_stop","index":${index}}`)
  },
  finish: (state, { reason, stopSequence }) => {
    const delta = {
      container: null,
      stop_details: null,
      stop_reason: writeStopReason(reason),
      stop_sequence: stopSequence ?? null,
    }
    const data = { type: 'message_delta', delta, usage: writeDeltaUsage(state.usage ?? noUsage) }
    return (
      encodeSseJson('message_delta', JSON.stringify(data)) + encodeSseJson('message_stop', '{"type":"message_stop"}')
    )
  },
  error: (_state, { error }) => writeStreamError(error),
}

function writeEvent<T extends EventType>(state: State, event: EventOf<T>): string {
  const write: (state: State, event: EventOf<T>) => string = eventWriters[event.type as T]
  const waits = state.hasStarted || event.type === 'start' || event.type === 'usage' || event.type === 'error'
  return (waits ? '' : writeMessageStart(state)) + write(state, event)
}

function writeMessageStart(state: State): string {
  state.hasStarted = true
  const head = writeMessageHead({ id: state.id }, state.context)
  const message = { ...head, usage: writeUsage(state.usage ?? noUsage) }
  return encodeSseJson('message_start', JSON.stringify({ type: 'message_start', message }))
}

function openText(state: State, index: number): string {
  return openBlock(state, index, { type: 'text', text: '', citations: null })
}

function openBlock(state: State, index: number, block: JsonObject): string {
  if (state.openIndex === index) return ''
  state.openIndex = index
  const data = JSON.stringify({ type: 'content_block_start', index, content_block: block })
  return encodeSseJson('content_block_start', data)
}

function writeThinking(state: State, event: ThinkingEvent): string {
  const { index, text, encrypted, signature } = event
  if (state.openIndex !== index && encrypted !== undefined && signature === undefined && text === '') {
    const data = isOwnOpaque(event, 'anthropic') ? encrypted : wrapOpaque(event)
    return openBlock(state, index, { type: 'redacted_thinking', data })
  }
  const proof = writeSignature(event)
  return (
    openBlock(state, index, { type: 'thinking', thinking: '', signature: '' }) +
    (text === '' ? '' : writeDelta(index, `{"type":"thinking_delta","thinking":${JSON.stringify(text)}}`)) +
    (proof === '' ? '' : writeDelta(index, `{"type":"signature_delta","signature":${JSON.stringify(proof)}}`))
  )
}

function writeTextDelta(index: number, text: string): string {
  return text === '' ? '' : writeDelta(index, `{"type":"text_delta","text":${JSON.stringify(text)}}`)
}

/** /!\ Hot path: one call per token or so, hence no object is built for the event. */
function writeDelta(index: number, deltaJson: string): string {
  return encodeSseJson('content_block_delta', `{"type":"content_block_delta","index":${index},"delta":${deltaJson}}`)
}
