import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { described } from './described.ts'
import { type DoorParts, type ReadAsked, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

/** OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat */
export function openaiChatDoor(parts: DoorParts) {
  const wire = wires['openai-chat']
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    app.post('/v1/chat/completions', described('chatCompletion', 'OpenAI Chat Completions'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readModelAndStream }),
    )
    app.post('/v1/completions', described('completion', 'OpenAI Completions (legacy)'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readCompletion }),
    )
    app.post('/v1/embeddings', described('embeddings', 'OpenAI Embeddings'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readEmbedding }),
    )
  }
}

const readCompletion: ReadAsked = (received) => ({ ...readModelAndStream(received), operation: 'complete' as const })
const readEmbedding: ReadAsked = (received) => ({
  ...readModelAndStream(received),
  isStream: false,
  operation: 'embed',
})
