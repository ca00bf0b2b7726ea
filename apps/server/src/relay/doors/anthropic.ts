import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { described } from './described.ts'
import { type DoorParts, type ReadAsked, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

/** Anthropic Messages: https://docs.anthropic.com/en/api/messages */
export function anthropicDoor(parts: DoorParts) {
  const wire = wires.anthropic
  const readCount: ReadAsked = (received) => ({
    ...readModelAndStream(received),
    isStream: false,
    operation: 'count-tokens',
  })
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    app.post('/v1/messages', described('message', 'Anthropic Messages'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readModelAndStream }),
    )
    app.post('/v1/messages/count_tokens', described('messageCount', 'Anthropic token count'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: readCount }),
    )
  }
}
