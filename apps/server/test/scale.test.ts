/**
 * The profile `scale` of docker-compose.yml without Docker: two processes on PostgreSQL and Redis behind nginx, and the
 * typed client in front. One process is killed in the middle of replies.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type RunEvent } from '@parley/sdk'
import { compileCache, fetchWhole, forEachDatabase, freePort } from '@parley/testkit'
import { startNginx, withoutNginx } from './nginx.ts'

const redis = process.env['TEST_REDIS_URL']
const skip = withoutNginx || (redis ? false : 'no Redis: TEST_REDIS_URL is not set')
const admin = { ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: 'correct horse battery' }
const program = path.resolve(import.meta.dirname, '../src/main.ts')

interface Node extends AsyncDisposable {
  readonly host: string
  kill(): void
}

async function startNode(folder: string, databaseUrl: string): Promise<Node> {
  const port = await freePort()
  // A database of Redis of its own: other tests use the first one.
  const redisUrl = new URL(redis ?? '')
  redisUrl.pathname = '/7'
  const child: ChildProcess = spawn(process.execPath, [program], {
    stdio: 'ignore',
    env: {
      ...admin,
      PATH: process.env['PATH'],
      ...compileCache,
      PORT: `${port}`,
      DATA_DIR: folder,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl.href,
      SIMULATOR_DELAY_MS: '20',
      LOG_LEVEL: 'silent',
    },
  })
  const isAnswering = async () => {
    assert.equal(child.exitCode, null, 'the server ended')
    const answer = await fetchWhole(`http://127.0.0.1:${port}/health`).catch((error: NodeJS.ErrnoException) => error)
    return 'status' in answer && answer.status === 200
  }
  while (!(await isAnswering())) await sleep(50)
  return {
    host: `127.0.0.1:${port}`,
    kill: () => child.kill('SIGKILL'),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

const textOf = (events: readonly RunEvent[]) =>
  events.map((event) => (event.type === 'aiMessageChunk' ? event.data.content : '')).join('')

forEachDatabase('two nodes behind nginx', (database) => {
  if (database.kind === 'sqlite') return
  describe('when one of them is killed', { skip }, () => {
    it('readers keep every word that they have seen, and are told the end by the other one', async () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'parley-scale-'))
      await using cleanUp = new AsyncDisposableStack()
      cleanUp.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
      const first = cleanUp.use(await startNode(folder, database.url))
      const second = cleanUp.use(await startNode(folder, database.url))
      const proxy = cleanUp.use(await startNginx('balancer.conf', [first.host, second.host]))
      const client = createClient({ baseUrl: proxy.url })
      await client.signIn(admin.ADMIN_EMAIL, admin.ADMIN_PASSWORD)

      const midway: Promise<void>[] = []
      const replies = Array.from({ length: 4 }, async () => {
        const { promise, resolve } = Promise.withResolvers<void>()
        midway.push(promise)
        const { id } = await client.createConversation()
        const events: RunEvent[] = []
        for await (const event of client.send(id, '/long 300')) {
          events.push(event)
          if (events.length === 40) resolve()
        }
        return { id, events }
      })
      await Promise.all(midway)
      first.kill()
      const killedAt = performance.now()
      const ended = await Promise.all(replies)
      // Half a minute, and as much again for a machine that does much else.
      assert.ok(performance.now() - killedAt < 60_000)

      const statuses: string[] = []
      for (const { id, events } of ended) {
        assert.deepEqual(
          events.map(({ number }) => number),
          Array.from(new Set(events.map(({ number }) => number))),
        )
        const reply = (await client.getConversation(id)).messages[1]
        assert.equal(events.at(-1)?.type, reply?.status === 'interrupted' ? 'error' : 'done')
        assert.equal(reply?.content, textOf(events))
        statuses.push(reply?.status ?? '')
      }
      assert.deepEqual(new Set(statuses), new Set(['done', 'interrupted']))
      const { id } = await client.createConversation()
      const after: RunEvent[] = []
      for await (const event of client.send(id, 'Hi')) after.push(event)
      assert.ok(textOf(after).length > 10)
    })
  })
})
