import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { type Listening, listenOn } from '../listening.ts'
import type { Behaviour } from './behaviour.ts'
import { credentialOf, type FakeCall, isObject, readCall, type ReceivedRequest } from './call.ts'
import { Channel, LineClosed } from './channel.ts'
import { readCommands } from './commands.ts'
import { createFastPath } from './fast-path.ts'
import { answerOther } from './other-operations.ts'
import { serveCall, serveWhole, serveError } from './serve-call.ts'
import { createServedCall, type ServedCall } from './served.ts'
import { wireOf } from './wires/index.ts'

export type BehaviourChoice = Behaviour | ((call: FakeCall) => Behaviour | undefined)

export interface FakeUpstreamOptions {
  /** 0, the default, takes a free one. */
  port?: number
  host?: string
  /** Changes all default texts and ids. */
  seed?: number
  /** What `GET /v1/models` lists. */
  models?: readonly string[]
  /** Serves HTTPS with this certificate. */
  tls?: { key: string; cert: string }
  /** Default replies are written from prebuilt bytes and nothing but totals is kept: for load, not for the truth of each call. */
  fast?: boolean
}

export interface Totals {
  requests: number
  connections: number
  openCalls: number
  maxOpenCalls: number
}

export interface FakeUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port`: a base URL that ends before the wire's own path. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Every request of a wire, in order of arrival. */
  readonly received: ReceivedRequest[]
  /** The truth: one record for each received request, in the same order. */
  readonly served: ServedCall[]
  readonly totals: Readonly<Totals>
  /** The next calls behave like this, one each. */
  script(...choices: BehaviourChoice[]): void
  /** All calls that no script is left for behave like this; without an argument, well. */
  always(choice?: BehaviourChoice): void
  /** The next connections (or all, until 0 is said) are reset as soon as they are accepted. */
  resetConnections(count?: number): void
  /** Forgets the records and the behaviours. */
  clear(): void
  /** Resolves as soon as the condition holds; it is tried again whenever anything happens here. */
  waitFor<T>(condition: () => T | undefined | false): Promise<T>
  /** Resolves when no call is open. */
  idle(): Promise<void>
  /** Destroys all sockets and refuses new connections. */
  close(): Promise<void>
  /** After `close`: serves on the same port again. */
  reopen(): Promise<void>
}

const wellBehaved: Behaviour = {}

const defaultModels = ['claude-sonnet-4-5', 'gpt-5', 'gemini-2.5-pro', 'fake-model']

/** Starts one HTTP server that speaks all four wires, well or badly as it is told. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const upstream = new Upstream(options)
  await upstream.listen(options.port ?? 0)
  return upstream
}

class Upstream implements FakeUpstream {
  readonly received: ReceivedRequest[] = []
  readonly served: ServedCall[] = []
  readonly totals: Totals = { requests: 0, connections: 0, openCalls: 0, maxOpenCalls: 0 }
  readonly host: string
  port = 0
  readonly #options: FakeUpstreamOptions
  readonly #scripted: BehaviourChoice[] = []
  readonly #watchers = new Set<() => void>()
  readonly #fastPath: ReturnType<typeof createFastPath> | undefined
  #listening: Listening | undefined
  #always: BehaviourChoice = wellBehaved
  #connectionsToReset = 0

  constructor(options: FakeUpstreamOptions) {
    this.#options = options
    this.host = options.host ?? '127.0.0.1'
    this.#fastPath = options.fast ? createFastPath(options.seed ?? 1) : undefined
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.host}:${this.port}`
  }

  async listen(port: number): Promise<void> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch((error: unknown) => {
        if (error instanceof LineClosed) return
        response.destroy()
        // A fault of the fake itself must fail the test loudly, not look like a fault that was ordered.
        throw error
      })
    }
    const { tls } = this.#options
    const server = tls === undefined ? createServer(handle) : createTlsServer({ key: tls.key, cert: tls.cert }, handle)
    server.keepAliveTimeout = 0
    server.headersTimeout = 0
    server.requestTimeout = 0
    server.on('connection', (socket: Socket) => this.#accept(socket))
    this.#listening = await listenOn(server, this.host, port)
    this.port = this.#listening.port
  }

  #accept(socket: Socket): void {
    this.totals.connections++
    if (this.#connectionsToReset > 0) {
      this.#connectionsToReset--
      socket.resetAndDestroy()
    }
    this.#changed()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const path = request.url ?? '/'
    if (path.startsWith('/__')) return this.#control(path, body, response)
    this.totals.requests++
    this.totals.maxOpenCalls = Math.max(this.totals.maxOpenCalls, ++this.totals.openCalls)
    response.once('close', () => {
      this.totals.openCalls--
      this.#changed()
    })
    if (this.#isWell && this.#fastPath?.(path, body, response)) return
    await this.#serve(this.#receive(request, path, body), response)
  }

  get #isWell(): boolean {
    return this.#scripted.length === 0 && this.#always === wellBehaved
  }

  #receive(request: IncomingMessage, path: string, body: Buffer): FakeCall {
    const received: ReceivedRequest = {
      number: this.totals.requests,
      method: request.method ?? '',
      path,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body,
      json: tryJson(body),
      credential: credentialOf(request.headers, path),
    }
    return readCall(received)
  }

  async #serve(call: FakeCall, response: ServerResponse): Promise<void> {
    const served = createServedCall(call)
    if (!this.#options.fast) {
      this.received.push(call.received)
      this.served.push(served)
    }
    const behaviour = this.#behaviourOf(call)
    const channel = new Channel(response, served, behaviour, () => this.#changed())
    this.#changed()
    const serving = { call, behaviour, channel, served, seed: this.#options.seed ?? 1 }
    if (call.operation === 'generate' || call.operation === 'complete') return serveCall(serving)
    const wire = wireOf(call.wire)
    if (behaviour.error !== undefined) return serveError(serving, wire, behaviour.error)
    const answer = answerOther(call, this.#options.models ?? defaultModels)
    if (answer === undefined)
      return serveError(serving, wire, { status: 404, message: `no such endpoint: ${call.received.path}` })
    if (answer.said !== undefined) served.usage = answer.said.usage
    return serveWhole(serving, JSON.stringify(answer.body), () => channel.note(answer.content, answer.said))
  }

  #behaviourOf(call: FakeCall): Behaviour {
    const choice = this.#scripted.shift() ?? this.#always
    const chosen = typeof choice === 'function' ? choice(call) : choice
    return { ...chosen, ...readCommands(call.prompt) }
  }

  /** For those who stand outside this process. */
  #control(path: string, body: Buffer, response: ServerResponse): void {
    const given = tryJson(body)
    if (path === '/__always' && isObject(given)) this.always(given as Behaviour)
    else if (path === '/__script' && Array.isArray(given)) this.script(...(given as Behaviour[]))
    else if (path === '/__clear') this.clear()
    else if (path !== '/__served') {
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end('{"error":"GET /__served; POST /__always, /__script, /__clear"}')
      return
    }
    const answer = path === '/__served' ? { totals: this.totals, calls: this.served } : { ok: true }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher()
  }

  script(...choices: BehaviourChoice[]): void {
    this.#scripted.push(...choices)
  }

  always(choice: BehaviourChoice = wellBehaved): void {
    this.#always = choice
  }

  resetConnections(count = Number.POSITIVE_INFINITY): void {
    this.#connectionsToReset = count
  }

  clear(): void {
    this.received.length = 0
    this.served.length = 0
    this.#scripted.length = 0
    this.#always = wellBehaved
    this.#connectionsToReset = 0
  }

  async waitFor<T>(condition: () => T | undefined | false): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const look = (): void => {
      try {
        const found = condition()
        if (found !== undefined && found !== false) resolve(found)
      } catch (error) {
        reject(error)
      }
    }
    this.#watchers.add(look)
    look()
    return promise.finally(() => this.#watchers.delete(look))
  }

  async idle(): Promise<void> {
    await this.waitFor(() => this.totals.openCalls === 0)
  }

  async close(): Promise<void> {
    const listening = this.#listening
    this.#listening = undefined
    await listening?.close()
  }

  async reopen(): Promise<void> {
    if (this.#listening === undefined) await this.listen(this.port)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)))
  request.on('error', (error) => reject(new LineClosed('the caller left while it was sending', { cause: error })))
  request.on('close', () => reject(new LineClosed('the caller left while it was sending')))
  return promise
}

function tryJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
