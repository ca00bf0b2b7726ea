import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { ParleyError } from '@parley/contract'
import Fastify, { type FastifyInstance } from 'fastify'
import { z } from 'zod'
import { createLog } from '../config/log.ts'
import { createMemoryState } from '../state/memory.ts'
import { useAccessLog } from './access-log.ts'
import { type ApiInstance, mountApi } from './api.ts'
import { useCors } from './cors.ts'
import { docsRoutes } from './docs.ts'
import { renderEnvelopeError, useErrorExit } from './errors.ts'
import { principalOf } from './guard.ts'
import { healthRoutes, type PartCheck, shortHealthRoute } from './health.ts'
import { createMetrics, metricsRoutes } from './metrics.ts'
import { useOpenApi } from './openapi.ts'
import { pageOf } from './presenter.ts'
import { useRequestContext } from './request-context.ts'
import { Page } from './route.ts'
import { useSecurityHeaders } from './security-headers.ts'
import { createServer } from './server.ts'

const thing = z.object({ id: z.string(), size: z.int() }).meta({ id: 'Thing' })
const tokens: { readonly [token: string]: { userId: string; role: 'admin' | 'user'; sessionId: string } } = {
  'token-of-ann': { userId: 'ann', role: 'user', sessionId: 's1' },
  'token-of-bob': { userId: 'bob', role: 'user', sessionId: 's2' },
  'token-of-root': { userId: 'root', role: 'admin', sessionId: 's3' },
}
const limit = { name: 'limited', max: 3, windowMs: 3_600_000, by: 'user' } as const

function thingRoutes(app: ApiInstance): void {
  const open = { config: { access: 'public' } } as const
  const secretive = { id: '1', size: 2, password_hash: 'not for anybody' }
  app.get('/things', { ...open, schema: { response: { 200: pageOf(thing) } } }, () => {
    return new Page([secretive], { page: 1, limit: 20, total: 1 })
  })
  app.post('/things', { ...open, schema: { body: thing, response: { 201: thing } } }, async (request, reply) => {
    return reply.code(201).send(request.body)
  })
  app.post('/my-things', { schema: { body: thing, response: { 201: thing } } }, async (request, reply) => {
    return reply.code(201).send(request.body)
  })
  app.get('/things/:id', { ...open, schema: { response: { 200: thing } } }, () => secretive)
  app.get('/free-form', open, () => ({ anything: [1] }))
  app.delete('/things/:id', open, () => null)
  app.delete('/things', { ...open, schema: { response: { 200: z.null() } } }, () => null)
  app.post('/things/:id/touch', open, (_request, reply) => reply.code(204).send())
  app.get('/mine', () => ({ yes: true }))
  app.get('/who', (request) => principalOf(request))
  app.get('/admins', { config: { access: 'admin' } }, () => ({ yes: true }))
  app.get('/limited', { config: { limit } }, () => ({ yes: true }))
  app.get(
    '/limited-by-address',
    { config: { access: 'public', limit: { ...limit, name: 'by-ip', by: 'ip' } } },
    () => ({}),
  )
  app.get('/broken', open, () => {
    throw new TypeError('the password of the database is hunter2')
  })
  app.get('/promise-broken', { ...open, schema: { response: { 200: thing } } }, () => ({ id: 'no size' }) as never)
  app.get('/busy', open, () => {
    throw new ParleyError('rate_limited', { retryAfterMs: 1200 })
  })
}

/** Reads its body itself, as uploads and imports do, and fails at it. */
async function uploadRoutes(app: ApiInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post('/uploads', async (request) => {
      for await (const _ of request.body as Readable) throw new RangeError('too deep')
    })
  })
}

describe('the HTTP side', () => {
  let fastify: FastifyInstance
  let origin: string
  const lines: string[] = []
  const cleanUp = new AsyncDisposableStack()
  const optionalPart: { check: PartCheck } = { check: async () => ({ ok: true }) }
  const requiredPart: { check: PartCheck } = { check: async () => ({ ok: true }) }

  before(async () => {
    const settings = { level: 'info', isPretty: false, keepDays: 1 }
    const log = createLog({ settings, folder: undefined, output: { write: (line: string) => lines.push(line) } })
    const state = cleanUp.use(createMemoryState({ log }))
    const metrics = createMetrics()
    fastify = cleanUp.use(createServer({ trustedProxies: ['10.0.0.0/8'], shutdownMs: 100 }, log)).fastify
    useRequestContext(fastify)
    await useCors(fastify, { kind: 'origins', origins: ['https://page.example'] })
    await useOpenApi(fastify, { version: '1.2.3' })
    await fastify.register(async (web) => {
      useErrorExit(web, renderEnvelopeError)
      useAccessLog(web, metrics)
      await useSecurityHeaders(web)
      docsRoutes(web)
      metricsRoutes(web, metrics, undefined)
      healthRoutes(web, {
        version: '1.2.3',
        startedAt: Date.now(),
        clock: Date.now,
        required: { database: () => requiredPart.check() },
        optional: { state: () => optionalPart.check() },
      })
      const authenticate = (token: string) => {
        const principal = tokens[token]
        if (principal === undefined) throw new ParleyError('unauthenticated')
        return principal
      }
      await mountApi(web, {
        guard: { counters: state.counters, authenticate, clock: Date.now },
        maxBodyBytes: 20_000,
        api: [shortHealthRoute, thingRoutes, uploadRoutes],
        admin: [thingRoutes],
      })
    })
    origin = await fastify.listen({ port: 0, host: '127.0.0.1' })
  })
  after(() => cleanUp.disposeAsync())

  const get = (url: string, headers: Record<string, string> = {}) => fastify.inject({ url, headers })
  const as = (name: string) => ({ authorization: `Bearer token-of-${name}` })

  describe('presentation', () => {
    it('puts data into the envelope below /api and /admin, and leaves it alone below /bare', async () => {
      for (const prefix of ['/api', '/admin']) {
        assert.deepEqual((await get(`${prefix}/things/1`)).json(), { success: true, data: { id: '1', size: 2 } })
        assert.deepEqual((await get(`/bare${prefix}/things/1`)).json(), { id: '1', size: 2 })
      }
    })

    it('gives a page with its place in the whole, or bare as the array', async () => {
      const items = [{ id: '1', size: 2 }]
      const pagination = { page: 1, limit: 20, total: 1 }
      assert.deepEqual((await get('/api/things')).json(), { success: true, data: items, pagination })
      assert.deepEqual((await get('/bare/api/things')).json(), items)
    })

    it('sends nothing that the response schema does not name', async () => {
      for (const path of ['/api/things', '/api/things/1', '/bare/api/things', '/bare/api/things/1']) {
        assert.equal((await get(path)).body.includes('not for anybody'), false)
      }
    })

    it('works without a response schema, with nothing to say, and with 204', async () => {
      assert.deepEqual((await get('/api/free-form')).json(), { success: true, data: { anything: [1] } })
      assert.deepEqual((await get('/bare/api/free-form')).json(), { anything: [1] })
      const deleted = await fastify.inject({ method: 'DELETE', url: '/api/things/1' })
      assert.deepEqual([deleted.statusCode, deleted.json()], [200, { success: true, data: null }])
      assert.deepEqual((await fastify.inject({ method: 'DELETE', url: '/bare/api/things/1' })).json(), {
        success: true,
      })
      for (const [url, body] of [
        ['/api/things', { success: true, data: null }],
        ['/bare/api/things', { success: true }],
      ] as const) {
        assert.deepEqual((await fastify.inject({ method: 'DELETE', url })).json(), body)
      }
      const touched = await fastify.inject({ method: 'POST', url: '/api/things/1/touch' })
      assert.deepEqual([touched.statusCode, touched.body], [204, ''])
    })

    it('keeps the status that the handler chose', async () => {
      const made = await fastify.inject({ method: 'POST', url: '/api/things', payload: { id: 'x', size: 1 } })
      assert.deepEqual([made.statusCode, made.json()], [201, { success: true, data: { id: 'x', size: 1 } }])
    })

    it('answers /api/health bare, as the documents print it', async () => {
      assert.equal((await get('/api/health')).body, '{"status":"ok"}')
      assert.equal((await get('/bare/api/health')).body, '{"status":"ok"}')
    })
  })

  describe('errors', () => {
    it('have message, code and request id in the envelope, and are {error} below /bare', async () => {
      const enveloped = await get('/api/nothing-here')
      assert.equal(enveloped.statusCode, 404)
      assert.deepEqual(enveloped.json(), {
        success: false,
        error: 'There is no GET /api/nothing-here.',
        code: 'route_not_found',
        data: null,
        request_id: enveloped.headers['x-request-id'],
      })
      assert.deepEqual((await get('/bare/api/nothing-here')).json(), {
        error: 'There is no GET /bare/api/nothing-here.',
      })
      assert.equal((await get('/nothing-here')).json().code, 'route_not_found')
    })

    it('name every wrong field, in the language of the reader', async () => {
      const post = (language: string) =>
        fastify.inject({
          method: 'POST',
          url: '/api/things',
          headers: { 'accept-language': language },
          payload: { size: 'big' },
        })
      const english = (await post('en')).json()
      assert.equal(english.error, 'id: expected string, received undefined; size: must be a number')
      assert.deepEqual(english.details.fields[1], { field: 'size', message: 'must be a number' })
      const chinese = (await post('zh-CN,zh;q=0.9')).json()
      assert.equal(chinese.error, 'id：期望 string，实际接收 undefined；size：必须是数字')
      assert.deepEqual(chinese.details.fields[1], { field: 'size', message: '必须是数字' })
    })

    it('tell of the body: not JSON, of another kind, too large, or none', async () => {
      const post = (payload: string | undefined, type = 'application/json') =>
        fastify.inject({
          method: 'POST',
          url: '/api/things',
          headers: { 'content-type': type },
          ...(payload && { payload }),
        })
      const broken = (await post('{"id":')).json()
      assert.equal(broken.code, 'invalid_json')
      assert.match(broken.error, /Unexpected end of JSON input/)
      const form = await post('id=1', 'application/x-www-form-urlencoded')
      assert.deepEqual([form.statusCode, form.json().code], [415, 'unsupported_media_type'])
      const large = await post(JSON.stringify({ id: 'x'.repeat(20_000), size: 1 }))
      assert.deepEqual([large.statusCode, large.json().code], [413, 'too_large'])
      assert.match(large.json().error, /16384 bytes/)
      const none = await post(undefined)
      assert.match(none.json().error, /^id: .*; size: /)
      const poisoned = await post('{"id":"1","size":1,"__proto__":{"admin":true}}')
      assert.equal(poisoned.statusCode, 400)
    })

    it('are none where text has a NUL, which is as if it were not there, but not in an address', async () => {
      const id = String.raw`a\u0000b\\u0000c\\\u0000`
      const payload = `{"id":"${id}","size":1}`
      const headers = { 'content-type': 'application/json' }
      const answer = await fastify.inject({ method: 'POST', url: '/api/things', headers, payload })
      assert.deepEqual([answer.statusCode, answer.json().data?.id], [201, String.raw`ab\u0000c` + '\\'])
      const refusal = async (url: string) => (await get(url)).statusCode
      assert.deepEqual(
        await Promise.all(['/api/things/a%00b', '/%00', '/api/things?q=a%00b'].map(refusal)),
        [404, 404, 400],
      )
    })

    it('say nothing of the inside when the fault is ours, and the log has the cause', async () => {
      const answer = await get('/api/broken')
      assert.equal(answer.statusCode, 500)
      assert.equal(answer.json().error, 'Internal server error.')
      assert.equal(answer.body.includes('hunter2'), false)
      const line = lines.map((each) => JSON.parse(each)).findLast((each) => each.level === 'error')
      assert.equal(line.request_id, answer.headers['x-request-id'])
      assert.match(line.err.stack, /TypeError: the password of the database/)
      assert.equal((await get('/bare/api/broken', { 'accept-language': 'zh' })).json().error, '服务器内部错误')
    })

    it('are ours when a handler breaks the promise of its response schema', async () => {
      const answer = await get('/api/promise-broken')
      assert.deepEqual([answer.statusCode, answer.json().code], [500, 'internal'])
    })

    it('say when to try again', async () => {
      assert.equal((await get('/api/busy')).headers['retry-after'], '2')
    })

    it('are ours too when a handler fails in the middle of a body', async () => {
      const answer = await fetch(`${origin}/api/uploads`, {
        method: 'POST',
        body: 'x'.repeat(5000),
        headers: as('ann'),
      })
      assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [500, 'internal'])
    })

    it('are no faults when the caller has gone in the middle of its body', async () => {
      const socket = connect(Number(new URL(origin).port), '127.0.0.1')
      await once(socket, 'connect')
      socket.write(
        'POST /api/things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"id":',
      )
      await setTimeout(20)
      const logged = lines.length
      socket.destroy()
      for (let tries = 0; lines.length === logged && tries < 100; tries++) await setTimeout(10)
      await setTimeout(10)
      const added = lines.slice(logged).map((line) => JSON.parse(line))
      assert.deepEqual(
        added.map(({ level, status }) => [level, status]),
        [['info', 499]],
      )
    })
  })

  describe('who may call', () => {
    it('is only the signed-in, where a route says nothing', async () => {
      assert.equal((await get('/api/mine')).statusCode, 401)
      assert.equal((await get('/api/mine', { authorization: 'Basic dXNlcjpwYXNz' })).statusCode, 401)
      assert.equal((await get('/api/mine', { authorization: 'Bearer forged' })).statusCode, 401)
      assert.deepEqual((await get('/api/mine', as('ann'))).json().data, { yes: true })
      assert.deepEqual((await get('/api/who', as('ann'))).json().data, tokens['token-of-ann'])
    })

    it('is only administrators, where it says so', async () => {
      const refused = await get('/admin/admins', as('ann'))
      assert.deepEqual([refused.statusCode, refused.json().code], [403, 'admin_only'])
      assert.equal((await get('/admin/admins', as('root'))).statusCode, 200)
    })

    it('lets those whom nobody knows send little', async () => {
      const send = (url: string, payload: object, headers = {}) =>
        fastify.inject({ method: 'POST', url, payload, headers })
      const long = { id: 'x'.repeat(17_000), size: 1 }
      assert.equal((await send('/api/things', long)).statusCode, 413)
      assert.equal((await send('/api/my-things', long, as('ann'))).statusCode, 201)
    })

    it('is decided before the body is looked at', async () => {
      const answer = await fastify.inject({ method: 'POST', url: '/api/mine-not', payload: 'nonsense' })
      assert.equal(answer.statusCode, 404)
    })
  })

  describe('limits', () => {
    it('are counted for each user, said in headers, and refused with 429', async () => {
      const answers = []
      for (let index = 0; index < 4; index++) answers.push(await get('/api/limited', as('ann')))
      assert.deepEqual(
        answers.map((answer) => answer.statusCode),
        [200, 200, 200, 429],
      )
      assert.deepEqual(
        answers.map((answer) => answer.headers['ratelimit-remaining']),
        ['2', '1', '0', '0'],
      )
      const last = answers[3]
      assert.equal(last?.json().error, 'Too many requests. Try again later.')
      assert.ok(Number(last?.headers['retry-after']) > 0)
      assert.equal((await get('/api/limited', as('bob'))).statusCode, 200)
      // The other mount is the same route: it has no limit of its own.
      assert.equal((await get('/bare/api/limited', as('ann'))).statusCode, 429)
    })

    it('by address see through trusted proxies only', async () => {
      const from = (remoteAddress: string, forwarded: string) =>
        fastify.inject({ url: '/api/limited-by-address', remoteAddress, headers: { 'x-forwarded-for': forwarded } })
      for (let index = 0; index < 3; index++) await from('10.1.2.3', '203.0.113.1')
      assert.equal((await from('10.1.2.3', '203.0.113.1')).statusCode, 429)
      assert.equal((await from('10.1.2.3', '203.0.113.2')).statusCode, 200)
      // A stranger's header is its own invention: all its requests are one address's.
      for (let index = 0; index < 3; index++) await from('198.51.100.9', `203.0.113.${index + 10}`)
      assert.equal((await from('198.51.100.9', '203.0.113.99')).statusCode, 429)
    })

    it('count a whole IPv6 network as one', async () => {
      const from = (remoteAddress: string) => fastify.inject({ url: '/api/limited-by-address', remoteAddress })
      for (let index = 1; index <= 3; index++) await from(`2001:db8:1:2::${index}`)
      assert.equal((await from('2001:db8:1:2:ffff::1')).statusCode, 429)
      assert.equal((await from('2001:db8:1:3::1')).statusCode, 200)
    })
  })

  describe('every answer', () => {
    it('has a request id, which is a trusted proxy’s if it sent one', async () => {
      const given = { 'x-request-id': 'from-the-proxy-1' }
      const stranger = await fastify.inject({ url: '/api/health', headers: given, remoteAddress: '198.51.100.1' })
      assert.match(String(stranger.headers['x-request-id']), /^[0-9a-f-]{36}$/)
      const proxy = await fastify.inject({ url: '/api/health', headers: given, remoteAddress: '10.9.9.9' })
      assert.equal(proxy.headers['x-request-id'], 'from-the-proxy-1')
    })

    it('of the API stays out of caches', async () => {
      assert.equal((await get('/api/who', as('ann'))).headers['cache-control'], 'no-store')
      assert.equal((await get('/api/who')).headers['cache-control'], 'no-store')
    })

    it('lets nothing inline run and nobody frame it', async () => {
      const policy = String((await get('/api/health')).headers['content-security-policy'])
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.equal(/unsafe|\*/.test(policy), false)
      assert.equal((await get('/api/health')).headers['x-content-type-options'], 'nosniff')
    })

    it('lets the configured origins read it, and no others', async () => {
      const allowed = await get('/api/health', { origin: 'https://page.example' })
      assert.equal(allowed.headers['access-control-allow-origin'], 'https://page.example')
      const other = await get('/api/health', { origin: 'https://other.example' })
      assert.notEqual(other.headers['access-control-allow-origin'], 'https://other.example')
      const preflight = await fastify.inject({
        method: 'OPTIONS',
        url: '/api/mine',
        headers: {
          origin: 'https://page.example',
          'access-control-request-method': 'DELETE',
          'access-control-request-headers': 'authorization,content-type',
        },
      })
      assert.equal(preflight.statusCode, 204)
      assert.match(String(preflight.headers['access-control-allow-headers']), /authorization/)
    })

    it('is one line in the log, without the query', async () => {
      const before = lines.length
      await get('/api/who?key=sk-live-0123456789abcdef', as('ann'))
      const added = lines.slice(before)
      assert.equal(added.length, 1)
      const line = JSON.parse(added[0] ?? '')
      assert.deepEqual(
        [line.level, line.method, line.path, line.status, line.user_id],
        ['info', 'GET', '/api/who', 200, 'ann'],
      )
      assert.equal(added.join().includes('sk-live'), false)
      assert.equal(added.join().includes('token-of-ann'), false)
    })

    it('is a short line, however long the path', async () => {
      const before = lines.length
      await get(`/api/${'x'.repeat(10_000)}`)
      const [line = ''] = lines.slice(before)
      assert.ok(line.includes('/api/xxx') && line.length < 2000, line)
    })
  })

  describe('for operators', () => {
    it('/health shows each part, degrades with optional ones, and is 503 without a required one', async () => {
      assert.equal((await get('/health')).json().status, 'ok')
      optionalPart.check = async () => ({ ok: false, reason: 'Redis is down' })
      const degraded = await get('/health')
      assert.deepEqual([degraded.statusCode, degraded.json().status], [200, 'degraded'])
      assert.deepEqual(degraded.json().parts.state, { status: 'failed', reason: 'Redis is down' })
      requiredPart.check = async () => {
        throw new Error('connect ECONNREFUSED postgres://user:pass@db')
      }
      const down = await get('/health')
      assert.deepEqual([down.statusCode, down.json().status], [503, 'unavailable'])
      assert.equal(down.body.includes('postgres://'), false)
    })

    it('/metrics answers to this machine, not to others, and not to those behind a proxy on this machine', async () => {
      assert.match((await get('/metrics')).body, /parley_http_request_duration_seconds_count\{[^}]*route="\/api\/who"/)
      assert.equal((await fastify.inject({ url: '/metrics', remoteAddress: '198.51.100.1' })).statusCode, 403)
      for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'via'])
        assert.equal((await get('/metrics', { [header]: '198.51.100.1' })).statusCode, 403, header)
    })

    it('/metrics with a configured token answers to its holder, wherever that is, and to nobody else', async (test) => {
      const app = Fastify()
      test.after(() => app.close())
      useRequestContext(app)
      useErrorExit(app, renderEnvelopeError)
      metricsRoutes(app, createMetrics(), 'the-token')
      const statusFor = async (authorization: string) =>
        (await app.inject({ url: '/metrics', remoteAddress: '198.51.100.1', headers: { authorization } })).statusCode
      assert.equal(await statusFor('Bearer the-token'), 200)
      assert.equal(await statusFor('Bearer the-tokem'), 403)
      assert.equal((await app.inject('/metrics')).statusCode, 403)
    })

    it('/openapi.json describes every route with the envelope of its mount', async () => {
      const document = (await get('/openapi.json')).json()
      assert.equal(document.openapi, '3.1.0')
      for (const path of [
        '/api/things',
        '/bare/api/things',
        '/admin/admins',
        '/health',
        '/metrics',
        '/api/things/{id}',
      ]) {
        assert.ok(document.paths[path], path)
      }
      const schemaOf = (path: string, method: string, status: string) =>
        document.paths[path][method].responses[status].content['application/json'].schema
      const page = schemaOf('/api/things', 'get', '200')
      assert.deepEqual(page.properties.data, { type: 'array', items: { $ref: '#/components/schemas/Thing' } })
      assert.deepEqual(page.properties.pagination, { $ref: '#/components/schemas/Pagination' })
      assert.deepEqual(schemaOf('/bare/api/things', 'get', '200'), {
        type: 'array',
        items: { $ref: '#/components/schemas/Thing' },
      })
      assert.deepEqual(schemaOf('/api/things', 'get', 'default'), { $ref: '#/components/schemas/Error' })
      assert.deepEqual(document.paths['/api/mine'].get.security, [{ session: [] }])
      assert.equal(document.paths['/api/things'].get.security, undefined)
      assert.deepEqual(Object.keys(document.components.schemas).sort(), [
        'BareError',
        'Error',
        'Pagination',
        'Thing',
        'ThingInput',
      ])
    })

    it('/docs shows it with a policy of its own, and everything that it loads is ours', async () => {
      const page = await get('/docs')
      assert.match(String(page.headers['content-security-policy']), /script-src 'self';/)
      for (const [, path = ''] of page.body.matchAll(/src="([^"]+)"/g)) {
        const script = await get(path)
        assert.equal(script.statusCode, 200, path)
        assert.match(String(script.headers['content-type']), /javascript/)
      }
    })
  })
})
