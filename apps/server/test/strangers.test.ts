/** The relay's doors look at the key before they take the body: who has none makes the server hold nothing. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fetchWhole } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

const megabytes20 = 20 * 1024 * 1024
const doors = [
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/responses',
  '/v1/responses/compact',
  '/v1beta/models/gpt-4:generateContent',
]

describe('somebody without a key', { timeout: 60_000 }, () => {
  let server: TestServer
  let key: string

  before(async () => {
    server = await startServer()
    key = (await server.addKey()).key
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
  })

  async function open(): Promise<{ socket: Socket; heard: (pattern: RegExp) => Promise<string> }> {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.setEncoding('utf8')
    let all = ''
    const heard = async (pattern: RegExp): Promise<string> => {
      while (!pattern.test(all)) {
        const [text] = (await once(socket, 'data')) as [string]
        all += text
      }
      const said = all
      all = ''
      return said
    }
    return { socket, heard }
  }
  const head = (path: string, fields: readonly string[]) =>
    [`POST ${path} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...fields, '', ''].join('\r\n')
  const call = JSON.stringify({ model: 'gpt-4', max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] })

  for (const path of doors)
    for (const prefix of ['', '/api'])
      test(`is refused at ${prefix}${path} before the body comes`, async () => {
        const { socket, heard } = await open()
        socket.write(head(prefix + path, [`Content-Length: ${megabytes20}`, 'Authorization: Bearer cr_unknown']))
        assert.match(await heard(/\r\n\r\n\{.*\}$/s), /^HTTP\/1\.1 401 /)
        socket.destroy()
      })

  test('hears of it also when all of the body is sent first', async () => {
    const reply = await fetchWhole(`${server.url}/v1/messages`, { method: 'POST', body: 'x'.repeat(megabytes20) })
    assert.deepEqual([reply.status, reply.error], [401, undefined])
  })

  test('keeps the connection, on which a call with a key is answered', async () => {
    const { socket, heard } = await open()
    socket.write(head('/v1/messages', ['Content-Length: 5000000']))
    assert.match(await heard(/\r\n\r\n\{.*\}$/s), /^HTTP\/1\.1 401 /)
    socket.write('x'.repeat(5_000_000))
    socket.write(head('/v1/messages', [`Content-Length: ${call.length}`, `X-Api-Key: ${key}`]) + call)
    assert.match(await heard(/"type":"message"/), /^HTTP\/1\.1 200 /)
    socket.destroy()
  })

  test('is told apart from somebody with a key who asks whether to go on', async () => {
    const stranger = await open()
    const expects = ['Content-Length: 5000000', 'Expect: 100-continue']
    stranger.socket.write(head('/v1/messages', expects))
    await stranger.heard(/HTTP\/1\.1 401 /)
    stranger.socket.destroy()

    const { socket, heard } = await open()
    socket.write(head('/v1/messages', [`Content-Length: ${call.length}`, 'Expect: 100-continue', `X-Api-Key: ${key}`]))
    await heard(/^HTTP\/1\.1 100 /)
    socket.write(call)
    await heard(/HTTP\/1\.1 200 /)
    socket.destroy()
  })
})
