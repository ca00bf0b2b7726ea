/** What the tests of the requirement documents share: requests as `curl` makes them, and the comparison with what is printed. */
import assert from 'node:assert/strict'
import { fetchWhole, parseSse, type ReceivedSseEvent } from '@parley/testkit'
import { type TestServerOptions, startServer, type TestServer } from './harness.ts'

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly body: unknown
  readonly text: string
}

export interface CallOptions {
  readonly token?: string
  readonly body?: object
  readonly headers?: { readonly [name: string]: string }
}

export interface DemoServer extends TestServer {
  /** The access tokens of the two preset accounts. */
  readonly tokens: readonly [string, string]
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** The same for an answer that must be a stream. */
  stream(path: string, options: CallOptions): Promise<ReceivedSseEvent[]>
}

/** A server as `npm run demo` starts it, with both of its people signed in. */
export async function startDemo(options: TestServerOptions = {}): Promise<DemoServer> {
  const server = await startServer({ ...options, isDemo: true })
  async function call(method: string, path: string, { token, body, headers }: CallOptions = {}): Promise<Answer> {
    const answer = await fetchWhole(server.url + path, {
      method,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...headers },
      ...(body && { body }),
    })
    return { status: answer.status, headers: answer.headers, body: answer.json, text: answer.text }
  }
  async function stream(path: string, asked: CallOptions): Promise<ReceivedSseEvent[]> {
    const { status, headers, text } = await call('POST', path, asked)
    assert.equal(status, 200, text)
    assert.match(String(headers['content-type']), /^text\/event-stream/)
    assert.match(String(headers['cache-control']), /^no-cache/)
    return parseSse(text)
  }
  const signIn = async (email: string) => {
    const { body } = await call('POST', '/api/auth/login', { body: { email, password: '123456' } })
    return textAt(body, 'data.token')
  }
  const tokens = [await signIn('test@test.com'), await signIn('test2@test.com')] as const
  return Object.assign(server, { tokens, call, stream })
}

/** What a body has at `data.user.id`; fails when there is nothing. */
export function at(body: unknown, path: string): unknown {
  let value = body
  for (const name of path.split('.')) {
    assert.ok(typeof value === 'object' && value !== null && name in value, `no ${path} in ${JSON.stringify(body)}`)
    value = (value as { readonly [name: string]: unknown })[name]
  }
  return value
}

export const textAt = (body: unknown, path: string): string => String(at(body, path))

/** Every field that is printed is there, with a value of the same type; there may be more. Lists are compared by their first. */
export function assertCovers(actual: unknown, printed: unknown, path = 'it'): void {
  assert.equal(typeOf(actual), typeOf(printed), `${path} is ${JSON.stringify(actual)}`)
  if (Array.isArray(printed) && Array.isArray(actual)) {
    if (printed.length > 0) assertCovers(actual[0], printed[0], `${path}[0]`)
  } else if (isObject(printed) && isObject(actual)) {
    for (const [name, value] of Object.entries(printed)) assertCovers(actual[name], value, `${path}.${name}`)
  }
}

/** A stream against a printed one: the same events in the same order, each covering the printed one. */
export function assertTranscript(
  events: readonly ReceivedSseEvent[],
  printed: string,
  ownTypes: readonly string[],
): void {
  const wanted = parseSse(`${printed.trim()}\n\n`).map(read)
  // A reply has as many pieces as it has; one stands for all that follow each other.
  const got = events
    .map(read)
    .filter(({ data }) => !ownTypes.includes(data.type ?? ''))
    .filter((event, index, all) => index === 0 || nameOf(event) !== nameOf(all[index - 1]))
  assert.deepEqual(got.map(nameOf), wanted.map(nameOf))
  for (const [index, { data }] of wanted.entries()) assertCovers(got[index]?.data, data, nameOf(wanted[index]))
}

interface ReadEvent {
  readonly event: string
  readonly data: { readonly type?: string }
}

const read = ({ event, data }: ReceivedSseEvent): ReadEvent => ({ event, data: JSON.parse(data) as ReadEvent['data'] })
const nameOf = (event: ReadEvent | undefined) => `${event?.event} ${event?.data.type ?? ''}`.trim()

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
