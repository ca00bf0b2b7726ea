import { fetchWhole, parseSse, type ReceivedSseEvent, send, type WholeResponse } from '@parley/testkit'
import Fastify from 'fastify'
import { mountApi } from '../../http/api.ts'
import { createRequestIds, useRequestContext } from '../../http/request-context.ts'
import { chatRoutes } from '../routes.ts'
import { type ChatHarness, chatConfig } from './chat-harness.ts'

/** Chat's routes on a real socket. A token is the id of the user who calls. */
export interface ChatServer extends AsyncDisposable {
  readonly url: string
  /** One call by a person, the first one unless said otherwise. */
  call(method: string, path: string, options?: CallOptions): Promise<WholeResponse>
  /** A stream, read to its end. */
  events(method: string, path: string, options?: CallOptions): Promise<ReceivedSseEvent[]>
  open(method: string, path: string, options?: CallOptions): ReturnType<typeof send>
  readonly routes: readonly { method: string; path: string }[]
}

export interface CallOptions {
  readonly body?: object | undefined
  readonly userId?: string
  readonly headers?: { readonly [name: string]: string }
  readonly signal?: AbortSignal
}

export async function openChatServer(
  harness: ChatHarness,
  { requestsPerMinute = 10_000 }: { requestsPerMinute?: number } = {},
): Promise<ChatServer> {
  const routes: { method: string; path: string }[] = []
  const app = Fastify({ genReqId: createRequestIds(() => false) })
  app.decorate('stopping', new AbortController().signal)
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat())
      if (one !== 'HEAD' && !url.startsWith('/bare')) routes.push({ method: one, path: url })
  })
  useRequestContext(app)
  await mountApi(app, {
    guard: {
      counters: harness.state.counters,
      authenticate: (userId) => ({ userId, role: 'user', sessionId: 'test' }),
      clock: Date.now,
    },
    maxBodyBytes: 2 * 1024 * 1024,
    api: [chatRoutes(harness.chat, { chat: { ...chatConfig, requestsPerMinute }, relay: { heartbeatMs: 15_000 } })],
    admin: [],
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  const sending = (method: string, { body, userId = harness.userId, headers, signal }: CallOptions = {}) => ({
    method,
    headers: { authorization: `Bearer ${userId}`, ...headers },
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
  })
  return {
    url,
    routes,
    call: (method, path, options) => fetchWhole(url + path, sending(method, options)),
    open: (method, path, options) => send(url + path, sending(method, options)),
    async events(method, path, options) {
      const response = await fetchWhole(url + path, sending(method, options))
      if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${response.text}`)
      return parseSse(response.body)
    },
    [Symbol.asyncDispose]: () => app.close(),
  }
}
