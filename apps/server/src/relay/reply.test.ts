import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { wires } from '@parley/wires'
import { HttpReply } from './reply.ts'

test('a caller who left before there was a reply is gone', async () => {
  const { promise, resolve } = Promise.withResolvers<HttpReply>()
  const server = createServer((incoming, raw) => {
    raw.once('close', () => resolve(new HttpReply(raw, { wire: wires.anthropic, isStream: true, headers: () => ({}) })))
    incoming.once('data', () => client.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = request({ port: (server.address() as AddressInfo).port, method: 'POST' })
  client.on('error', () => server.close())
  client.write('{')
  const reply = await promise
  assert.equal(reply.goneReason, 'client_gone')
  assert.equal(reply.write('late'), true)
  server.close()
})
