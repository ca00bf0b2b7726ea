import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { complete } from '../operations/complete.ts'
import { embed } from '../operations/embed.ts'
import { type DoorParts, type ReadAsked, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

/** OpenAI Chat Completions: https://platform.openai.com/docs/api-reference/chat */
export function openaiChatDoor(parts: DoorParts) {
  const wire = wires['openai-chat']
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    app.post(
      '/v1/chat/completions',
      { schema: { summary: 'OpenAI Chat Completions', tags: ['relay'] } },
      (request, reply) => relayCall(request, reply, { wire, parts, read: readModelAndStream }),
    )
    app.post(
      '/v1/completions',
      { schema: { summary: 'OpenAI Completions (legacy)', tags: ['relay'] } },
      (request, reply) => relayCall(request, reply, { wire, parts, read: readCompletion }),
    )
    app.post('/v1/embeddings', { schema: { summary: 'OpenAI Embeddings', tags: ['relay'] } }, (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readEmbedding }),
    )
  }
}

const readCompletion: ReadAsked = (received) => ({ ...readModelAndStream(received), operation: complete })
const readEmbedding: ReadAsked = (received) => ({
  ...readModelAndStream(received),
  isStream: false,
  operation: embed,
})
