/** Upstreams, or gateways before them, may say 102 or 103 before they reply: that is not the reply. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { startServer } from './harness.ts'

const whole = JSON.stringify({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 1 },
})
const stream = [
  { type: 'message_start', message: { ...JSON.parse(whole), content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
]
  .map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`)
  .join('')

const informational = [
  'HTTP/1.1 102 Processing\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\ncontent-type: text/html\r\n\r\n',
]

test('a reply with 102 and 103 before it is the reply', async () => {
  const upstream = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let received = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      received += text
      if (!received.includes('"messages"')) return
      const isStream = received.includes('"stream":true')
      const [type, body] = isStream ? ['text/event-stream', stream] : ['application/json', whole]
      received = ''
      for (const head of informational) socket.write(head)
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
  }).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  try {
    await using server = await startServer()
    const base_url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    await server.addAccount({ name: 'hints', kind: 'anthropic', base_url, api_key: 'secret', models: ['m'] })
    const { key } = await server.addKey()
    for (const path of ['/v1/messages', '/v1/chat/completions']) {
      for (const isStream of [true, false]) {
        const reply = await fetchWhole(server.url + path, {
          headers: { 'x-api-key': key },
          body: { model: 'm', max_tokens: 9, stream: isStream, messages: [{ role: 'user', content: 'Hi' }] },
        })
        assert.equal(reply.status, 200, reply.text)
        assert.match(reply.text, /Hello/)
      }
    }
    const ends = (await server.settledRecords()).map((record) => record.end_reason)
    assert.deepEqual(ends, ['done', 'done', 'done', 'done'])
  } finally {
    upstream.close()
  }
})
