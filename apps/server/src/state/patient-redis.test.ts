import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { PatientRedis } from './patient-redis.ts'

const options = {
  lazyConnect: true,
  enableReadyCheck: false,
  disableClientInfo: true,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
}

function busyFor(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('an answer that has arrived counts, however long this process was too busy to read it', async () => {
  // In a thread of its own: it answers while this one is busy.
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer((socket) => socket.on('data', () => socket.write('+PONG\\r\\n')))
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true },
  )
  const [port] = (await once(worker, 'message')) as [number]
  const redis = new PatientRedis({ ...options, port })
  await redis.connect()
  await redis.ping()
  const answer = redis.ping()
  busyFor(1_500)
  assert.equal(await answer, 'PONG')
  redis.disconnect()
  await worker.terminate()
})

test('silence is a failure after a second', async () => {
  let isSilent = false
  const server = createServer((socket) => socket.on('data', () => isSilent || socket.write('+PONG\r\n')))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const redis = new PatientRedis({ ...options, port: (server.address() as AddressInfo).port })
  await redis.connect()
  await redis.ping()
  isSilent = true
  const askedAt = performance.now()
  await assert.rejects(redis.ping(), /timed out/)
  assert.ok(performance.now() - askedAt >= 999)
  redis.disconnect()
  server.close()
})
