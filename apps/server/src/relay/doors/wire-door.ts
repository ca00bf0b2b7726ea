import type { IncomingMessage } from 'node:http'
import { fieldFaults, invalidField, ParleyError } from '@parley/contract'
import { isObject, type JsonObject, type Wire } from '@parley/wires'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { useErrorRenderer, useLimitHeaders } from '../../http/errors.ts'
import type { ApiKey, Keys } from '../../keys/api-key.ts'
import { cacheMsOf } from '../cache/cache-wish.ts'
import type { Caller, Exchange, OperationName, WireAsk } from '../exchange.ts'
import { forwardedRequestHeaders, sessionIdOf } from '../headers.ts'
import { Gathered } from '../gathered.ts'
import { pinnedAccountIds } from '../pinned-accounts.ts'
import { type Relay, type RelayParts, toRelayError } from '../relay.ts'
import { HttpReply, type Reply } from '../reply.ts'
import type { StoredResponses } from '../responses/stored-responses.ts'
import { authenticateCall } from './credentials.ts'

export interface DoorParts extends RelayParts {
  readonly responses: StoredResponses
  readonly relay: Relay
  readonly keys: Keys
}

/** A call as it came to a door. */
export interface Received {
  readonly request: FastifyRequest
  readonly key: ApiKey
  readonly body: Buffer
  readonly json: JsonObject
}

/** What a door reads out of it before it becomes an exchange. */
export interface Asked {
  readonly model: string
  readonly isStream: boolean
  readonly operation?: OperationName
  readonly method?: string
  /** In place of what was received. */
  readonly json?: JsonObject
  /** The stream has another form than server-sent events. */
  readonly isFramedOtherwise?: boolean
  /** What happens to the reply on its way to the socket. */
  readonly wrap?: (reply: Reply) => Reply
}

export type ReadAsked = (received: Received) => Asked | Promise<Asked>

/**
 * A relay door: a Fastify scope whose bodies stay bytes, whose errors are in its wire's form, and whose replies go
 * straight to the socket. No schema, no coercion, no defaults: what we do not act on is not ours to judge.
 */
export function useWireDoor(app: FastifyInstance, wire: Wire, parts: DoorParts): void {
  app.decorateRequest('apiKey', null)
  // Before the body is read: for strangers nothing is held.
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.method !== 'POST') return done()
    const found = authenticateCall(request, parts.keys)
    if (found instanceof Promise) return void found.then((key) => goOnWith(key), done)
    return goOnWith(found)

    function goOnWith(key: ApiKey): void {
      request.apiKey = key
      done()
    }
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  // On the routes and not on the parser: there the refusal reads it.
  app.addHook('onRoute', (route) => {
    route.bodyLimit = parts.config.maxBodyBytes
  })
  useErrorRenderer(app, (error, request) => {
    logRefusal(request, error, parts)
    return JSON.stringify(wire.writeError(toRelayError(error, request.language)).body)
  })
}

/** Without a key that is known there is no call yet: a wrong key, a body that is none. */
function logRefusal({ id, ip }: FastifyRequest, error: ParleyError, { writeInfo }: DoorParts): void {
  const { status, code, message: reason } = error
  writeInfo({ request_id: id, ip, status, error: code, reason, message: 'call refused' })
}

/** Calls that came in a turn are read, let in and sent together. */
const arrived = new Gathered<() => void>((calls) => {
  for (const goOn of calls) goOn()
})

/** /!\ Hot path: one call, from the door to the last byte. */
export async function relayCall(
  request: FastifyRequest,
  reply: FastifyReply,
  { wire, parts, read }: { wire: Wire; parts: DoorParts; read: ReadAsked },
): Promise<void> {
  const startedAt = performance.now()
  await new Promise<void>((resolve) => arrived.add(resolve))
  const { apiKey: key } = request
  if (key === null) throw new ParleyError('key_missing')
  const body = request.body instanceof Buffer ? request.body : Buffer.alloc(0)
  const received: Received = { request, key, body, json: parseBody(body) }
  const reading = read(received)
  const asked = reading instanceof Promise ? await reading : reading
  const { model, isStream, operation, method, json, isFramedOtherwise = false, wrap } = asked
  if (!modelId.test(model)) throw invalidField('model', fieldFaults.notModelOf, { max: 200 })
  const ask: WireAsk = {
    kind: 'wire',
    wire: wire.name,
    model,
    isStream,
    operation,
    method,
    body: json === undefined ? body : Buffer.from(JSON.stringify(json)),
    json: json ?? received.json,
    headers: forwardedRequestHeaders(wire.name, request.headers),
    sessionId: sessionIdOf(request.headers),
    query: forwardedQuery(request.raw),
  }
  let callId = request.id
  const headers = () => {
    const all = reply.getHeaders() as { [name: string]: string }
    all['request-id'] = callId
    return all
  }
  const httpReply = new HttpReply(reply.raw, { wire, isStream: isStream && !isFramedOtherwise, headers })
  const cacheMs = cacheMsOf(ask, request.headers, key, parts.config.cache.offeredMs)
  const exchange: Exchange = {
    id: request.id,
    isIdForeign: request.id === request.headers['x-request-id'],
    onAdmitted(id) {
      callId = id
    },
    caller: callerOf(key, parts),
    ask,
    reply: wrap === undefined ? httpReply : wrap(httpReply),
    language: request.language,
    startedAt,
    conversationId: null,
    cacheMs: cacheMs > 0 ? cacheMs : undefined,
  }
  reply.hijack()
  try {
    await parts.relay.call(exchange)
  } catch (error) {
    const known = error instanceof ParleyError ? error : new ParleyError('internal', { cause: error })
    if (known.status >= 500) parts.log.error({ request_id: request.id, err: known.cause ?? known }, 'call not admitted')
    if (known.limit !== undefined) useLimitHeaders(reply, known.limit)
    httpReply.fail(toRelayError(known, request.language))
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose call it is, at the relay's doors. */
    apiKey: ApiKey | null
  }
}

/** `model` and `stream` as the OpenAI and Anthropic wires have them: in the body. */
export function readModelAndStream({ json }: Pick<Received, 'json'>): Asked {
  const { model, stream } = json
  if (typeof model !== 'string' || model === '') throw invalidField('model', fieldFaults.notModel)
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    throw invalidField('stream', fieldFaults.notBoolean)
  return { model, isStream: stream === true }
}

function parseBody(body: Buffer): JsonObject {
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new ParleyError('invalid_json', {
      parameters: { detail: body.length === 0 ? 'it is empty' : String((cause as Error).message) },
      cause,
    })
  }
  if (!isObject(json)) throw new ParleyError('invalid_json', { parameters: { detail: 'it must be an object' } })
  return json
}

/** It is written into the ledger, as far as there is an account that serves whatever it is asked for. */
const modelId = /^\P{Cc}{1,200}$/u

/** Said by the door itself: our own key never goes on, and how the stream is framed is between us and the upstream. */
const ownParameters = new Set(['key', 'alt'])

/** The rest of the query (`beta=true`) is the client's. */
function forwardedQuery(raw: IncomingMessage): string {
  const { url = '' } = raw
  const at = url.indexOf('?')
  if (at === -1) return ''
  const query = url.slice(at + 1)
  return query
    .split('&')
    .filter((pair) => pair !== '' && !ownParameters.has(pair.split('=', 1)[0] ?? ''))
    .join('&')
}

function callerOf(key: ApiKey, { upstreams }: DoorParts): Caller {
  return {
    userId: key.userId,
    keyId: key.id,
    models: key.models,
    wires: key.wires,
    accountIds: pinnedAccountIds(key, upstreams),
    limits: key.limits,
  }
}
