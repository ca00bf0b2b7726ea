import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { type DoorParts, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

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
  }
}
