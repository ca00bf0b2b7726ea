import { ParleyError } from '@parley/contract'
import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { ArrayStreamReply } from '../array-stream-reply.ts'
import { type Asked, type DoorParts, type Received, relayCall, useWireDoor } from './wire-door.ts'

const streamOfMethod: { readonly [method: string]: boolean } = { generateContent: false, streamGenerateContent: true }

/** Gemini: https://ai.google.dev/api/generate-content. Newer clients use `/v1`, older ones `/v1beta`. */
export function geminiDoor(parts: DoorParts) {
  const wire = wires.gemini
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    for (const version of ['v1', 'v1beta']) {
      app.post(
        `/${version}/models/*`,
        { schema: { summary: 'Gemini generateContent and streamGenerateContent', tags: ['relay'] } },
        (request, reply) => relayCall(request, reply, { wire, parts, read: readPath }),
      )
    }
  }
}

/** `gemini-2.5-pro:streamGenerateContent`: the model and what to do are in the path. */
function readPath({ request }: Received): Asked {
  const { '*': path = '' } = request.params as { '*'?: string }
  const colon = path.lastIndexOf(':')
  const isStream = streamOfMethod[path.slice(colon + 1)]
  if (colon < 1 || isStream === undefined) {
    throw new ParleyError('route_not_found', {
      parameters: { method: request.method, path: request.url.split('?', 1)[0] ?? '' },
    })
  }
  const { alt } = request.query as { alt?: unknown }
  const model = path.slice(0, colon)
  if (!isStream || alt === 'sse') return { model, isStream }
  return { model, isStream, isFramedOtherwise: true, wrap: (reply) => new ArrayStreamReply(reply) }
}
