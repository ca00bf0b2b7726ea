import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject, WireName } from '@parley/wires'

/** A request as it came over the wire. */
export interface ReceivedRequest {
  /** From 1, in the order in which requests came. */
  number: number
  method: string
  /** With its query string. */
  path: string
  headers: IncomingHttpHeaders
  /** Names and values as they were written, in order. */
  rawHeaders: string[]
  body: Buffer
  /** The body as JSON; undefined when it is none. */
  json: unknown
  /** The key or token that came with it, from whichever place the wire has for it. */
  credential: string | undefined
}

export type Operation = 'generate' | 'complete' | 'count-tokens' | 'embed' | 'models' | 'unknown'

/** What the request asks for, read the same way for every wire. */
export interface FakeCall {
  received: ReceivedRequest
  wire: WireName
  operation: Operation
  model: string
  stream: boolean
  /** OpenAI Chat: `stream_options.include_usage`. */
  includeUsage: boolean
  /** The text of the last user message. */
  prompt: string
  body: JsonObject
}

interface Route {
  wire: WireName
  operation: Operation
  model?: string
  stream?: boolean
}

const geminiOperations: { readonly [name: string]: Operation } = {
  generateContent: 'generate',
  streamGenerateContent: 'generate',
  countTokens: 'count-tokens',
  embedContent: 'embed',
  batchEmbedContents: 'embed',
}

/** Paths are told by how they end, so that any base URL works (`/api/paas/v4/chat/completions`, Azure's deployments). */
const endings: readonly (readonly [string, WireName, Operation])[] = [
  ['/messages/count_tokens', 'anthropic', 'count-tokens'],
  ['/messages', 'anthropic', 'generate'],
  ['/chat/completions', 'openai-chat', 'generate'],
  ['/completions', 'openai-chat', 'complete'],
  ['/embeddings', 'openai-chat', 'embed'],
  ['/responses/compact', 'openai-responses', 'generate'],
  ['/responses', 'openai-responses', 'generate'],
]

function readRoute(received: ReceivedRequest): Route {
  const path = received.path.split('?', 1)[0] ?? ''
  const gemini = /\/models\/([^/]+):([a-zA-Z]+)$/.exec(path)
  if (gemini !== null) {
    const [, model = '', name = ''] = gemini
    const operation = geminiOperations[name] ?? 'unknown'
    return { wire: 'gemini', operation, model: decodeURIComponent(model), stream: name === 'streamGenerateContent' }
  }
  if (received.method === 'GET' && /\/models(\/[^/]+)?$/.test(path))
    return { wire: wireOfHeaders(received), operation: 'models' }
  for (const [ending, wire, operation] of endings) if (path.endsWith(ending)) return { wire, operation }
  return { wire: wireOfHeaders(received), operation: 'unknown' }
}

function wireOfHeaders(received: ReceivedRequest): WireName {
  if (received.headers['x-goog-api-key'] !== undefined || received.path.startsWith('/v1beta/')) return 'gemini'
  return received.headers['anthropic-version'] === undefined ? 'openai-chat' : 'anthropic'
}

export function readCall(received: ReceivedRequest): FakeCall {
  const route = readRoute(received)
  const body = isObject(received.json) ? received.json : {}
  const options = body['stream_options']
  return {
    received,
    wire: route.wire,
    operation: route.operation,
    model:
      route.model ??
      (typeof body['model'] === 'string' ? body['model'] : (deploymentOf(received.path) ?? 'fake-model')),
    stream: route.stream ?? body['stream'] === true,
    includeUsage: isObject(options) && options['include_usage'] === true,
    prompt: lastUserText(body),
    body,
  }
}

function deploymentOf(path: string): string | undefined {
  return /\/deployments\/([^/]+)\//.exec(path)?.[1]
}

/** The turns are `messages`, `input` or `contents`, whichever the body has; a turn's parts are `content` or `parts`. */
function lastUserText(body: JsonObject): string {
  const turns = body['messages'] ?? body['input'] ?? body['contents'] ?? body['prompt'] ?? ''
  if (!Array.isArray(turns)) return textOf(turns)
  const last = turns.findLast(
    (turn) => typeof turn === 'string' || (isObject(turn) && (turn['role'] ?? 'user') === 'user'),
  )
  return isObject(last) ? textOf(last['content'] ?? last['parts']) : textOf(last)
}

function textOf(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [content]
  return parts
    .map((part) => (isObject(part) ? part['text'] : part))
    .filter((text) => typeof text === 'string' && text !== '')
    .join('\n')
}

/** What a generation says as its input, and what counting the same body says. */
export function inputTokensOf(call: FakeCall): number {
  return 3 + Math.ceil(call.received.body.length / 4)
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function credentialOf(headers: IncomingHttpHeaders, path: string): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  const named = headers['x-api-key'] ?? headers['x-goog-api-key'] ?? headers['api-key'] ?? bearer
  if (typeof named === 'string') return named
  const query = path.indexOf('?')
  return query < 0 ? undefined : (new URLSearchParams(path.slice(query)).get('key') ?? undefined)
}
