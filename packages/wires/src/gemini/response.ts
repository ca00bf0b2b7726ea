import { assertObject } from '../fields.ts'
import { type ChatEvent, type JsonObject, WireError } from '../neutral.ts'
import { collectReply, type Reply, type ReplyBlock } from '../shared/collect.ts'
import type { WriteContext } from '../wire.ts'
import { writeFinishReason } from './finish.ts'
import { type PlacedAnnotation, writeGrounding } from './grounding.ts'
import { createReading, cut, readChunk } from './read-stream.ts'
import { emptyPart, tryWriteCall, writeImagePart, writeThoughts } from './reply-parts.ts'
import { responseId } from './response-id.ts'
import { writeUsage } from './usage.ts'

/** A whole reply is a stream of one. */
export function readResponse(body: unknown): ChatEvent[] {
  const response = assertObject(body, 'body')
  if (response.error === undefined && response.candidates === undefined && response.promptFeedback === undefined) {
    throw new WireError('candidates', 'notArray')
  }
  const reading = createReading()
  const events = readChunk(reading, response)
  return reading.isOver ? events : [...events, ...cut(reading)]
}

export function writeResponse(events: readonly ChatEvent[], context: WriteContext): JsonObject {
  const reply = collectReply(events)
  if (reply.error) throw new WireError('error', 'upstreamError', { message: reply.error.message })
  const written = reply.blocks.map(writeBlock)
  const parts = written.flatMap((block) => block ?? [])
  const reason = written.includes(undefined) ? 'malformed-tool-call' : (reply.finish?.reason ?? 'stop')
  return {
    candidates: [
      {
        content: { parts: parts.length === 0 ? [emptyPart] : parts, role: 'model' },
        finishReason: writeFinishReason(reason),
        index: 0,
        ...writeSources(reply),
      },
    ],
    ...(reply.usage === undefined ? {} : { usageMetadata: writeUsage(reply.usage) }),
    modelVersion: context.model,
    responseId: responseId(reply.id, context),
  }
}

/** Undefined for a call that cannot be said. */
function writeBlock(block: ReplyBlock): JsonObject[] | undefined {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return [{ text: block.text }]
    case 'thinking':
      return writeThoughts(block)
    case 'image':
      return [writeImagePart(block)]
    case 'tool-call': {
      const part = tryWriteCall(block)
      return part && [part]
    }
  }
}

function writeSources({ blocks }: Reply): JsonObject {
  const placed = blocks.flatMap((block): PlacedAnnotation[] =>
    block.type === 'text' ? block.annotations.map((annotation) => ({ annotation, text: block.text })) : [],
  )
  return placed.length === 0 ? {} : { groundingMetadata: writeGrounding(placed) }
}
