import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface SendOptions {
  method?: string
  headers?: { readonly [name: string]: string }
  /** An object is sent as JSON; text and bytes as they are. */
  body?: object | string | Buffer
  /** Ends the request when aborted. */
  signal?: AbortSignal
  agent?: Agent
  /** Accepts any certificate. */
  isInsecure?: boolean
}

export interface WholeResponse {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  text: string
  /** The body as JSON; undefined when it is none. */
  json: unknown
  /** How the body ended when not well, e.g. ECONNRESET for a cut. */
  error: NodeJS.ErrnoException | undefined
  /** As they came: a chunk of the transfer coding is never joined with the next. */
  chunks: Buffer[]
}

/** One request on plain node:http, resolved at its headers. Rejects when no headers come. */
export async function send(url: string | URL, options: SendOptions = {}): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { body } = options
  const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
  const bytes = isRaw ? body : JSON.stringify(body)
  const target = new URL(url)
  const isTls = target.protocol === 'https:'
  const request = (isTls ? httpsRequest : httpRequest)(target, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...(isRaw ? {} : { 'content-type': 'application/json' }), ...options.headers },
    agent: options.agent ?? false,
    ...(isTls && { rejectUnauthorized: !options.isInsecure }),
    ...(options.signal && { signal: options.signal }),
  })
  request.on('response', resolve)
  request.on('error', reject)
  request.end(bytes)
  return promise
}

/** The whole answer, with what there was of the body when it was cut. */
export async function fetchWhole(url: string | URL, options: SendOptions = {}): Promise<WholeResponse> {
  const response = await send(url, options)
  const { promise: ended, resolve: onEnded } = Promise.withResolvers<NodeJS.ErrnoException | undefined>()
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('end', () => onEnded(undefined))
  response.on('error', onEnded)
  const error = await ended
  const body = Buffer.concat(chunks)
  const text = body.toString()
  return { status: response.statusCode ?? 0, headers: response.headers, body, text, json: tryJson(text), error, chunks }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
