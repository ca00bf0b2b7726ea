import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { send } from './http-client.ts'
import { parseSse, readSse, type ReadSseOptions, type ReceivedSseEvent } from './read-sse.ts'

const source =
  ': hi\n\nevent: a\ndata: 一\ndata: two\nid: 7\n\ndata\n\nevent: empty\n\ndata:no space🚀\n\ndata: unfinished\n'
const events: ReceivedSseEvent[] = [
  { event: 'a', data: '一\ntwo', id: '7', comments: ['hi'] },
  { event: '', data: '' },
  { event: '', data: 'no space🚀' },
]

async function collect(context: TestContext, chunks: Buffer[], options?: ReadSseOptions): Promise<ReceivedSseEvent[]> {
  const server = createServer((_request, response) => {
    const next = (): void => {
      const chunk = chunks.shift()
      if (chunk === undefined) response.end()
      else response.write(chunk, () => setImmediate(next))
    }
    next()
  }).listen(0, '127.0.0.1')
  context.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const response = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const collected: ReceivedSseEvent[] = []
  for await (const event of readSse(response, options)) collected.push(event)
  return collected
}

describe('reading server-sent events', () => {
  test('follows the standard: fields, comments, empty data, no unfinished event', () => {
    assert.deepEqual(parseSse(source), events)
    assert.deepEqual(parseSse(`\uFEFF${source}`), events)
  })

  for (const [name, lineEnd] of [
    ['LF', '\n'],
    ['CR LF', '\r\n'],
    ['CR', '\r'],
  ] as const) {
    test(`does not mind where chunks end (${name}), not even inside a character or a line end`, async (context) => {
      const bytes = Buffer.from(source.replaceAll('\n', lineEnd))
      const single = Array.from(bytes, (byte) => Buffer.from([byte]))
      assert.deepEqual(await collect(context, single), events)
      for (const cut of [1, 5, 23, 40]) {
        assert.deepEqual(await collect(context, [bytes.subarray(0, cut), bytes.subarray(cut)]), events)
      }
    })
  }

  test('throws on bytes that are not UTF-8', () => {
    assert.throws(() => parseSse(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xe4, 0xbd, 0x0a, 0x0a])), {
      code: 'ERR_ENCODING_INVALID_ENCODED_DATA',
    })
  })

  test('stops after so many bytes, and tells of each chunk', async (context) => {
    const seen: number[] = []
    const upTo = source.indexOf('data\n')
    const options = {
      abortAtByte: Buffer.byteLength(source.slice(0, upTo)),
      onChunk: (chunk: Buffer) => void seen.push(chunk.length),
    }
    assert.deepEqual(await collect(context, [Buffer.from(source)], options), events.slice(0, 1))
    assert.deepEqual(seen, [Buffer.byteLength(source)])
  })
})
