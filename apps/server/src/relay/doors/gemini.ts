import { ParleyError } from '@parley/contract'
import { wires } from '@parley/wires'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ArrayStreamReply } from '../array-stream-reply.ts'
import { described } from './described.ts'
import { type Asked, type DoorParts, type Received, relayCall, useWireDoor } from './wire-door.ts'

type Methods = { readonly [method: string]: Pick<Asked, 'operation'> }

/** Gemini: https://ai.google.dev/api/generate-content. Newer clients use `/v1`, older ones `/v1beta`. */
export function geminiDoor(parts: DoorParts) {
  const wire = wires.gemini
  const methods: Methods = {
    generateContent: {},
    streamGenerateContent: {},
    countTokens: { operation: 'count-tokens' },
    embedContent: { operation: 'embed' },
    batchEmbedContents: { operation: 'embed' },
  }
  const read = ({ request }: Received) => readPath(request, methods)
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    for (const version of ['v1', 'v1beta']) {
      app.post(
        `/${version}/models/*`,
        described('gemini', `Gemini: {model}:{method}, of ${Object.keys(methods).join(', ')}`),
        (request, reply) => relayCall(request, reply, { wire, parts, read }),
      )
    }
  }
}

/** `gemini-2.5-pro:streamGenerateContent`: the model and what to do are in the path. */
function readPath(request: FastifyRequest, methods: Methods): Asked {
  const { '*': path = '' } = request.params as { '*'?: string }
  const colon = path.lastIndexOf(':')
  const method = path.slice(colon + 1)
  const found = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (colon < 1 || found === undefined) {
    throw new ParleyError('route_not_found', {
      parameters: { method: request.method, path: request.url.split('?', 1)[0] ?? '' },
    })
  }
  const { alt } = request.query as { alt?: unknown }
  const model = path.slice(0, colon)
  const isStream = method === 'streamGenerateContent'
  if (!isStream || alt === 'sse') return { model, isStream, method, ...found }
  return { model, isStream, method, isFramedOtherwise: true, wrap: (reply) => new ArrayStreamReply(reply) }
}
