import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { readSse, send } from '@parley/testkit'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { type EventStream, type EventStreamOptions, openEventStream } from './event-stream.ts'

interface Opened {
  stream: EventStream
  reply: FastifyReply
}

/** A server whose `/` opens a stream; `opened` resolves with it. */
async function serve(test: TestContext, options: Partial<EventStreamOptions> = {}) {
  const opened = Promise.withResolvers<Opened>()
  const stopping = new AbortController()
  const app = Fastify()
  app.decorate('stopping', stopping.signal)
  app.get('/', (request: FastifyRequest, reply) => {
    void reply.header('access-control-allow-origin', 'https://page.example')
    opened.resolve({ stream: openEventStream(request, reply, { heartbeatMs: 60_000, ...options }), reply })
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  test.after(async () => {
    app.server.closeAllConnections()
    await app.close()
  })
  return { url, port: Number(new URL(url).port), opened: opened.promise, stopping }
}

/** A client that reads nothing until told to. */
async function connectDeaf(port: number) {
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  await once(socket, 'connect')
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.on('error', () => socket.destroy())
  return socket
}

async function gone({ signal }: EventStream) {
  if (!signal.aborted) await once(signal, 'abort')
}

const event = (text: string) => `data: ${text}\n\n`
const kilobytes64 = event('x'.repeat(65_536))

/** Sends until the socket takes no more; `room` resolves when it does again. */
async function fill(stream: EventStream): Promise<{ room: Promise<void> }> {
  for (;;) {
    const room = stream.send(kilobytes64)
    const isBlocked = await Promise.race([room.then(() => false), setTimeout(20, true)])
    if (isBlocked) return { room }
  }
}

describe('an event stream', () => {
  it('sends each event at once, with the headers that let it through proxies and that plugins have set', async (test) => {
    const server = await serve(test)
    const response = await send(server.url)
    assert.equal(response.statusCode, 200)
    assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.equal(response.headers['cache-control'], 'no-cache, no-transform')
    assert.equal(response.headers['x-accel-buffering'], 'no')
    assert.equal(response.headers['access-control-allow-origin'], 'https://page.example')

    const { stream } = await server.opened
    const events = readSse(response)
    for (const text of ['one', '二', '🦜']) {
      await stream.send(event(text))
      // Not a word more is sent before this one has come: it cannot have waited for company.
      assert.equal((await events.next()).value?.data, text)
    }
    stream.close()
    assert.equal((await events.next()).done, true)
    await gone(stream)
  })

  it('says ping while there is nothing to say', async (test) => {
    const server = await serve(test, { heartbeatMs: 20 })
    const response = await send(server.url)
    const { stream } = await server.opened
    const [first] = (await once(response, 'data')) as [Buffer]
    assert.equal(first.toString(), ': ping\n\n')
    stream.close()
  })

  it('holds the sender back while the reader takes nothing, and goes on when it does', async (test) => {
    const server = await serve(test)
    const socket = await connectDeaf(server.port)
    const { stream, reply } = await server.opened
    const { room } = await fill(stream)
    assert.ok(reply.raw.writableLength < 256 * 1024, `only a little is queued: ${reply.raw.writableLength}`)
    socket.resume()
    await room
    assert.equal(stream.signal.aborted, false)
  })

  it('never puts a heart-beat into what a blocked reader still has to take', async (test) => {
    const server = await serve(test, { heartbeatMs: 5 })
    const socket = await connectDeaf(server.port)
    const { stream, reply } = await server.opened
    await fill(stream)
    const queued = reply.raw.writableLength
    await setTimeout(40)
    assert.equal(reply.raw.writableLength, queued)
    socket.destroy()
  })

  it('cuts a reader that takes nothing for too long', async (test) => {
    const server = await serve(test, { stallMs: 50 })
    await connectDeaf(server.port)
    const { stream } = await server.opened
    const { room } = await fill(stream)
    await room
    assert.equal(stream.signal.aborted, true)
    await stream.send(event('into the void'))
  })

  it('cuts a reader for whom too much waits, when the sender does not wait', async (test) => {
    const server = await serve(test, { maxQueuedBytes: 1024 * 1024 })
    await connectDeaf(server.port)
    const { stream, reply } = await server.opened
    for (let index = 0; index < 1000 && !reply.raw.destroyed; index++) void stream.send(kilobytes64)
    assert.equal(reply.raw.destroyed, true)
    assert.ok(reply.raw.writableLength < 3 * 1024 * 1024)
  })

  it('tells the sender when the reader has gone', async (test) => {
    const server = await serve(test)
    const socket = await connectDeaf(server.port)
    const { stream } = await server.opened
    socket.destroy()
    await gone(stream)
    await stream.send(event('nobody'))
  })

  it('tells the sender at once when the reader had gone before it began', async (test) => {
    const asked = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<EventStream>()
    const app = Fastify()
    app.decorate('stopping', new AbortController().signal)
    app.get('/', async (request, reply) => {
      asked.resolve()
      await once(reply.raw, 'close')
      await setTimeout(5)
      opened.resolve(openEventStream(request, reply, { heartbeatMs: 5 }))
    })
    test.after(() => app.close())
    const socket = await connectDeaf(Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port))
    await asked.promise
    socket.destroy()
    const stream = await opened.promise
    await stream.send(event('nobody'))
    assert.equal(stream.signal.aborted, true)
    stream.close()
  })

  it('ends a feed when the server begins to stop, and leaves other streams to their own end', async (test) => {
    const feed = await serve(test, { isEndless: true })
    const run = await serve(test)
    const feedResponse = await send(feed.url)
    await send(run.url)
    feed.stopping.abort()
    run.stopping.abort()
    const { value, done } = await readSse(feedResponse).next()
    assert.deepEqual({ value, done }, { value: undefined, done: true })
    assert.equal((await run.opened).stream.signal.aborted, false)
  })
})
