import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents, type ServerEvent } from './events.ts'

const text =
  ': ping\n\nevent: change\r\ndata: {"word":"你好"}\r\nid: 7\r\n\r\ndata: one\ndata:two\ndata\n\nevent:\ndata: x:y\n\ndata: cut'
const events: ServerEvent[] = [
  { event: 'change', data: '{"word":"你好"}', id: '7' },
  { event: 'message', data: 'one\ntwo\n', id: undefined },
  { event: 'message', data: 'x:y', id: undefined },
]

async function allOf(response: Response): Promise<ServerEvent[]> {
  const all: ServerEvent[] = []
  for await (const event of readEvents(response)) all.push(event)
  return all
}

test('any cut of the bytes gives the same events, and what was not ended is none', async () => {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at <= bytes.length; at++) {
    const body = ReadableStream.from([bytes.subarray(0, at), bytes.subarray(at)])
    assert.deepEqual(await allOf(new Response(body)), events, `cut at ${at}`)
  }
  const single = ReadableStream.from([...bytes].map((byte) => Uint8Array.of(byte)))
  assert.deepEqual(await allOf(new Response(single)), events)
})

test('whoever leaves ends the stream', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('data: again\n\n')),
    cancel: () => resolve('cancelled'),
  })
  for await (const { data } of readEvents(new Response(body))) {
    assert.equal(data, 'again')
    break
  }
  assert.equal(await promise, 'cancelled')
})

test('a response without a body has no events', async () => {
  assert.deepEqual(await allOf(new Response(null)), [])
})
