import { assertArray, assertObject, isObject, join } from '../fields.ts'
import { type ChatEvent, type JsonObject, WireError } from '../neutral.ts'
import type { WriteContext } from '../wire.ts'
import { readErrorObject } from './errors.ts'
import { endReply, startReply } from './read-stream.ts'
import { createReading, finishItem } from './reading.ts'
import { createDraft } from './reply.ts'
import { writeReplyObject } from './reply-object.ts'
import { writeEvent } from './write-stream.ts'
import { assertNotTooDeep } from '../shared/json.ts'

/** A whole reply → the events that would have streamed. */
export function readResponse(body: unknown): ChatEvent[] {
  const response = assertObject(body, 'body')
  assertNotTooDeep(response, 'body')
  if (isObject(response.error)) return [{ type: 'error', error: readErrorObject(response) }]
  const reading = createReading()
  const events = startReply(reading, response)
  for (const [position, item] of assertArray(response.output, 'output').entries()) {
    events.push(...finishItem(reading, String(position), assertObject(item, join('output', position))))
  }
  return [...events, ...endReply(reading, response)]
}

/** The reply object that the stream's last event would have shown. */
export function writeResponse(events: readonly ChatEvent[], context: WriteContext): JsonObject {
  const draft = createDraft(context)
  for (const event of events) {
    if (event.type === 'error') throw new WireError('error', 'upstreamError', { message: event.error.message })
    writeEvent(draft, event)
  }
  if (!draft.isOver) writeEvent(draft, { type: 'finish', reason: 'stop' })
  return writeReplyObject(draft)
}
