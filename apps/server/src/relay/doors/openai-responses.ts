import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { type DoorParts, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

/** OpenAI Responses: https://platform.openai.com/docs/api-reference/responses */
export function openaiResponsesDoor(parts: DoorParts) {
  const wire = wires['openai-responses']
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    app.post('/v1/responses', { schema: { summary: 'OpenAI Responses', tags: ['relay'] } }, (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readModelAndStream }),
    )
    // Some clients try a WebSocket here first. 426 sends them to POST at once; any other status makes them wait and retry.
    app.get('/v1/responses', { schema: { hide: true } }, (_request, reply) =>
      reply
        .code(426)
        .header('upgrade', 'HTTP/1.1')
        .send({ error: { message: 'Use POST: there is no WebSocket here.' } }),
    )
  }
}
