import type { ChatEvent, FinishReason, JsonObject, ThinkingEvent, Usage } from '../neutral.ts'
import { createBlockSequencer } from '../shared/sequence.ts'
import { encodeSseJson } from '../sse.ts'
import type { WriteContext } from '../wire.ts'
import { writeStreamError } from './errors.ts'
import { writeFinishReason } from './finish.ts'
import { type PlacedAnnotation, writeGrounding } from './grounding.ts'
import { emptyPart, tryWriteCall, writeImagePart, writeThoughts } from './reply-parts.ts'
import { responseId } from './response-id.ts'
import { writeUsage } from './usage.ts'

type EventType = ChatEvent['type']
type EventOf<T extends EventType> = Extract<ChatEvent, { type: T }>

interface State {
  context: WriteContext
  id: string
  usage: Usage | undefined
  /** The call whose arguments are not whole yet: this wire says calls only whole. */
  call: { id: string; name: string; arguments: string; signature?: string } | undefined
  hasMalformedCall: boolean
  /** The text of the open block, for the places of its sources. */
  text: string
  annotations: PlacedAnnotation[]
}

/** Neutral events → a stream of GenerateContentResponse objects (GenerateContent reference, 2026-11). */
export function writeStream(context: WriteContext): (event: ChatEvent) => string {
  const state: State = {
    context,
    id: context.id,
    usage: undefined,
    call: undefined,
    hasMalformedCall: false,
    text: '',
    annotations: [],
  }
  const sequence = createBlockSequencer()
  return (event) => {
    let text = ''
    for (const next of sequence(event)) text += writeEvent(state, next)
    return text
  }
}

const eventWriters: { [T in EventType]: (state: State, event: EventOf<T>) => string } = {
  start: (state, { id }) => {
    state.id = responseId(id, state.context)
    return ''
  },
  usage: (state, { usage }) => {
    state.usage = usage
    return ''
  },
  text: writeText,
  refusal: writeText,
  annotation: (state, { annotation }) => {
    state.annotations.push({ annotation, text: state.text })
    return ''
  },
  thinking: (state, event: ThinkingEvent) =>
    writeThoughts(event)
      .map((part) => writePart(state, part))
      .join(''),
  'tool-call-start': (state, event) => {
    state.call = { ...event, arguments: '' }
    return ''
  },
  'tool-call-delta': (state, { json }) => {
    if (state.call !== undefined) state.call.arguments += json
    return ''
  },
  image: (state, event) => writePart(state, writeImagePart(event)),
  'block-end': endBlock,
  finish: (state, { reason }) => writeChunk(state, writeEnd(state, reason)),
  error: (_state, { error }) => writeStreamError(error),
}

function writeEvent<T extends EventType>(state: State, event: EventOf<T>): string {
  const write: (state: State, event: EventOf<T>) => string = eventWriters[event.type as T]
  return write(state, event)
}

function writeText(state: State, { text }: { text: string }): string {
  if (text === '') return ''
  state.text += text
  return writePart(state, { text })
}

function endBlock(state: State): string {
  const { call } = state
  state.text = ''
  state.call = undefined
  if (call === undefined) return ''
  const part = tryWriteCall(call)
  if (part !== undefined) return writePart(state, part)
  state.hasMalformedCall = true
  return ''
}

function writePart(state: State, part: JsonObject): string {
  return writeChunk(state, { candidates: [{ content: { parts: [part], role: 'model' }, index: 0 }] })
}

function writeChunk({ context, id }: State, chunk: JsonObject): string {
  return encodeSseJson('', JSON.stringify({ ...chunk, modelVersion: context.model, responseId: id }))
}

function writeEnd(state: State, reason: FinishReason): JsonObject {
  const { usage, annotations, hasMalformedCall } = state
  const finishReason = writeFinishReason(hasMalformedCall ? 'malformed-tool-call' : reason)
  const candidate: JsonObject = { content: { parts: [emptyPart], role: 'model' }, finishReason, index: 0 }
  if (annotations.length > 0) candidate.groundingMetadata = writeGrounding(annotations)
  return { candidates: [candidate], ...(usage === undefined ? {} : { usageMetadata: writeUsage(usage) }) }
}
