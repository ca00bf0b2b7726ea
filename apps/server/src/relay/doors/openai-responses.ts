import { fieldFaults, invalidField } from '@parley/contract'
import { isObject, type JsonObject, wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import type { Reply } from '../reply.ts'
import { RecordingReply } from '../responses/recording-reply.ts'
import type { Expanded } from '../responses/stored-responses.ts'
import { authenticateKey } from './credentials.ts'
import { described } from './described.ts'
import { type Asked, type DoorParts, type Received, readModelAndStream, relayCall, useWireDoor } from './wire-door.ts'

/** OpenAI Responses: https://platform.openai.com/docs/api-reference/responses */
export function openaiResponsesDoor(parts: DoorParts) {
  const wire = wires['openai-responses']
  return async (app: FastifyInstance): Promise<void> => {
    useWireDoor(app, wire, parts)
    app.post('/v1/responses', described('response', 'OpenAI Responses'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: (received) => readAsked(received, parts) }),
    )
    app.post('/v1/responses/compact', described('compactedResponse', 'Makes a conversation short'), (request, reply) =>
      relayCall(request, reply, { wire, parts, read: (received) => readCompaction(received, parts) }),
    )
    // Some clients try a WebSocket here first. 426 sends them to POST at once; any other status makes them wait and retry.
    app.get('/v1/responses', { schema: { hide: true } }, (_request, reply) =>
      reply
        .code(426)
        .header('upgrade', 'HTTP/1.1')
        .send({ error: { message: 'Use POST: there is no WebSocket here.' } }),
    )
    storedResponseRoutes(app, parts)
  }
}

/** A request that refers to nothing and is not to be stored costs nothing here. */
function readAsked(received: Received, parts: DoorParts): Asked | Promise<Asked> {
  const asked = readModelAndStream(received)
  const { json, key } = received
  refuseStateElsewhere(json)
  const isStored = json.store !== false && parts.responses.isOn
  if (!isStored && !mayRefer(json)) return asked
  return parts.responses.expand(key.id, json).then((expanded) => ({
    ...asked,
    ...(expanded.body === json ? {} : { json: expanded.body }),
    ...(isStored && { wrap: recorder(received, expanded, parts) }),
  }))
}

function readCompaction(received: Received, parts: DoorParts): Asked | Promise<Asked> {
  const asked = { ...readModelAndStream(received), isStream: false, operation: 'compact' as const }
  const { json, key } = received
  if (!mayRefer(json)) return asked
  return parts.responses.expand(key.id, json).then(({ body }) => (body === json ? asked : { ...asked, json: body }))
}

/** State that only one account of one upstream would have, and that could not be asked for again here. */
function refuseStateElsewhere({ background, conversation }: JsonObject): void {
  if (background === true) throw invalidField('background', fieldFaults.background)
  if (conversation !== undefined && conversation !== null)
    throw invalidField('conversation', fieldFaults.conversationElsewhere)
}

function mayRefer({ previous_response_id: previousId, input }: JsonObject): boolean {
  if (previousId !== undefined && previousId !== null) return true
  return Array.isArray(input) && input.some((item) => isObject(item) && item.id !== undefined && !('content' in item))
}

function recorder(
  { request, key, json }: Received,
  expanded: Expanded,
  { responses, log }: DoorParts,
): (reply: Reply) => Reply {
  const keep = async (response: JsonObject): Promise<void> => {
    try {
      await responses.keep(key.id, expanded, response)
    } catch (err) {
      // The reply itself is good: the client gets it, and can still say its history again.
      log.error({ request_id: request.id, err }, 'response not stored')
    }
  }
  return (reply) => new RecordingReply(reply, { isStream: json.stream === true, keep })
}

interface OfResponse {
  readonly Params: { readonly id: string }
  readonly Querystring: { readonly [name: string]: string | undefined }
}

function storedResponseRoutes(app: FastifyInstance, { keys, responses }: DoorParts): void {
  app.get<OfResponse>('/v1/responses/:id', described('storedResponse', 'A stored response'), async (request) => {
    const key = await authenticateKey(request, keys)
    if (request.query.stream === 'true') throw invalidField('stream', fieldFaults.storedStream)
    return (await responses.get(key.id, request.params.id)).response
  })
  app.delete<OfResponse>(
    '/v1/responses/:id',
    described('deletedResponse', 'Deletes a stored response'),
    async (request) => {
      const key = await authenticateKey(request, keys)
      await responses.remove(key.id, request.params.id)
      return { id: request.params.id, object: 'response', deleted: true }
    },
  )
  app.get<OfResponse>(
    '/v1/responses/:id/input_items',
    described('inputItems', 'Input of a stored response'),
    async (request) => {
      const key = await authenticateKey(request, keys)
      const { input } = await responses.get(key.id, request.params.id)
      return listItems(input, request.query)
    },
  )
}

/** A page of items, newest first unless said otherwise. */
function listItems(
  input: readonly JsonObject[],
  { order, after, limit = '20' }: OfResponse['Querystring'],
): JsonObject {
  const size = Number(limit)
  if (!Number.isInteger(size) || size < 1 || size > 100)
    throw invalidField('limit', fieldFaults.notWithin, { min: 1, max: 100 })
  const ordered = order === 'asc' ? input : input.toReversed()
  const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1
  const data = ordered.slice(from, from + size)
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + size < ordered.length,
  }
}
