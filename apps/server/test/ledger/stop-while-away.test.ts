/** A server is stopped while its PostgreSQL is away: it ends in good order, within its limits, and says what is lost. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fetchWhole, freePort, startEmbeddedPostgres, startFakeUpstream, tempFolder } from '@parley/testkit'
import { type AwayServer, waysToBeAway } from '../away-server.ts'
import { killNode, signIn, startNode } from './node-process.ts'

const skip = process.env['TEST_POSTGRES_URL'] ? false : 'no PostgreSQL: TEST_POSTGRES_URL is not set'
/** Twice its own limit, the silence of the database, and much more for a slow machine. */
const stoppedWithinMs = 8_000

for (const [name, start] of Object.entries(waysToBeAway))
  describe(`a server that is stopped while PostgreSQL ${name}`, { skip }, () => {
    const cleanUp = new AsyncDisposableStack()
    let postgres: AwayServer
    before(async () => {
      postgres = await start(cleanUp.use(await startEmbeddedPostgres()), cleanUp)
    })
    after(() => cleanUp.disposeAsync())

    test('ends with 0, and the settlement that could not be written is in its log', async (t) => {
      const upstream = await startFakeUpstream()
      cleanUp.defer(() => upstream.close())
      const dataDir = tempFolder(t)
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const child = await startNode({
        DATABASE_URL: postgres.url,
        DATABASE_TIMEOUT_MS: '500',
        SHUTDOWN_TIMEOUT_MS: '300',
        PORT: String(port),
        DATA_DIR: dataDir,
      })
      cleanUp.defer(() => killNode(child))
      const said = outputOf(child)
      const { key } = await prepare(url, upstream.url)
      upstream.always({ words: 5, firstEventAfterMs: 300 })
      const body = { model: 'm', max_tokens: 100, stream: true, messages: [{ role: 'user', content: 'hello' }] }
      const running = fetchWhole(`${url}/v1/messages`, { body, headers: { 'x-api-key': key } })
      while (upstream.served.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      await postgres.goAway()
      assert.equal((await running).status, 200)

      const beganAt = performance.now()
      child.kill('SIGTERM')
      const [code] = await once(child, 'exit')
      assert.equal(code, 0, said())
      assert.ok(performance.now() - beganAt < stoppedWithinMs)
      const lost = linesOf(dataDir).filter(({ message }) => message === 'a settlement could not be written')
      assert.deepEqual(
        lost.map(({ settlement }) => [settlement?.model, settlement?.endReason]),
        [['m', 'done']],
      )
      assert.equal(said(), '')
    })
  })

async function prepare(url: string, upstreamUrl: string): Promise<{ key: string }> {
  const headers = { authorization: `Bearer ${await signIn(url)}` }
  const post = async (route: string, body: object) => {
    const reply = await fetchWhole(url + route, { body, headers })
    assert.ok(reply.status < 300, reply.text)
    return (reply.json as { data: { key: string } }).data
  }
  await post('/admin/accounts', { name: 'a', kind: 'anthropic', base_url: upstreamUrl, api_key: 'sk', models: ['m'] })
  return post('/admin/api-keys', { name: 'k' })
}

function outputOf(child: ChildProcess): () => string {
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += String(chunk)
  })
  return () => said
}

interface Line {
  readonly message: string
  readonly settlement?: { readonly model: string; readonly endReason: string }
}

function linesOf(dataDir: string): Line[] {
  const folder = path.join(dataDir, 'logs')
  return readdirSync(folder).flatMap((file) =>
    readFileSync(path.join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line),
  )
}
