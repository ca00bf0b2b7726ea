import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ChatEvent, type ChatRequest, isObject, type RelayError, type Wire, WireError } from '../index.ts'
import type { RequestRoute, WriteContext } from '../wire.ts'

/** What a door answers: a reply as its events, or an error before any of it. */
export type DoorAnswer = ChatEvent[] | { error: RelayError }

/** A server that speaks one wire, so that the provider's own client can be its judge. */
export interface Door extends AsyncDisposable {
  readonly url: string
  /** Bodies as they came, and what the wire read in them. */
  readonly bodies: unknown[]
  readonly requests: ChatRequest[]
}

export async function openDoor(wire: Wire, answer: (request: ChatRequest, call: number) => DoorAnswer): Promise<Door> {
  const bodies: unknown[] = []
  const requests: ChatRequest[] = []
  const server = createServer((incoming, response) => {
    void serve(incoming, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    )
  })

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body: unknown = JSON.parse(Buffer.concat(await incoming.toArray()).toString('utf8'))
    bodies.push(body)
    try {
      const request = wire.readRequest(body, routeOf(incoming.url ?? '', body))
      requests.push(request)
      send(wire, request, { response, answer: answer(request, requests.length - 1), body })
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      const { message, field: param } = error
      sendError(wire, { kind: 'invalid-request', status: 400, message, param }, response)
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Gemini says model and stream in the path, the others in the body. */
function routeOf(url: string, body: unknown): RequestRoute | undefined {
  const match = /\/models\/([^:]+):(\w+)/.exec(url)
  if (match?.[1] !== undefined) return { model: match[1], stream: match[2] === 'streamGenerateContent' }
  return isObject(body) && typeof body.model === 'string'
    ? { model: body.model, stream: body.stream === true }
    : undefined
}

interface Sending {
  body: unknown
  response: ServerResponse
  answer: DoorAnswer
}

function send(wire: Wire, request: ChatRequest, { body, response, answer }: Sending): void {
  if (!Array.isArray(answer)) {
    sendError(wire, answer.error, response)
    return
  }
  const includeUsage = isObject(body) && isObject(body.stream_options) && body.stream_options.include_usage === true
  const context: WriteContext = { id: 'reply1', model: request.model, createdAt: 1_780_000_000, includeUsage, request }
  if (request.stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const write = wire.writeStream(context)
    for (const event of answer) response.write(write(event) || ': nothing yet\n\n')
    response.end()
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(wire.writeResponse(answer, context)))
}

function sendError(wire: Wire, error: RelayError, response: ServerResponse): void {
  const reply = wire.writeError(error)
  response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
  response.end(JSON.stringify(reply.body))
}
