/** What a server that was killed had only on its lines belongs to the database that a restore puts aside. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fetchWhole, freePort, startFakeUpstream, tempFolder } from '@parley/testkit'
import { restoreBackup } from '../src/cli/restore.ts'
import { createConfig } from '../src/config/config.ts'
import { createBackup, listBackups } from '../src/store/backup.ts'
import { startServer } from './harness.ts'
import { killNode, startNode } from './ledger/node-process.ts'

const body = { model: 'm', max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] }

test('the calls of a killed server are not in a backup that is restored, and come back with what was put aside', async (t) => {
  const folder = tempFolder(t)
  await using upstream = await startFakeUpstream()
  const env = { DATA_DIR: folder, PORT: String(await freePort()) }
  const backup = path.join(folder, 'a-backup')
  const config = createConfig(env)
  const first = await startServer({ env })
  await first.addAccount({ name: 'a', kind: 'anthropic', base_url: upstream.url, api_key: 'sk', models: ['m'] })
  const { key } = await first.addKey()
  await createBackup(config, backup)
  await first.app[Symbol.asyncDispose]()

  // With the secrets of the data folder: the key is good.
  const node = await startNode({ ...env, JWT_SECRET: '', ENCRYPTION_KEY: '', KEY_PEPPER: '' })
  try {
    const reply = await fetchWhole(`http://127.0.0.1:${env.PORT}/v1/messages`, { body, headers: { 'x-api-key': key } })
    assert.equal(reply.status, 200)
  } finally {
    await killNode(node)
  }
  assert.ok(readdirSync(path.join(folder, 'ledger')).length > 0)

  const countCalls = async () => {
    await using server = await startServer({ env })
    return (await server.settledRecords()).length
  }
  const { folder: ofKilled } = await createBackup(config)
  const { aside } = await restoreBackup(config, backup, async () => {})
  assert.equal(await countCalls(), 0)
  const [listed] = (await listBackups(folder)).filter(({ kind }) => kind === 'before-restore')
  assert.deepEqual(listed?.files.map(({ name }) => name).toSorted(), ['manifest.json', 'parley.db', 'secrets.json'])

  await restoreBackup(config, aside, async () => {})
  assert.equal(await countCalls(), 1)
  await restoreBackup(config, backup, async () => {})
  await restoreBackup(config, ofKilled, async () => {})
  assert.equal(await countCalls(), 1)
})

test('devices begin anew after a restore: what they know is not what is there', async (t) => {
  const env = { DATA_DIR: tempFolder(t) }
  const config = createConfig(env)
  const first = await startServer({ env })
  const { folder: backup } = await createBackup(config)
  const { next_cursor } = await first.api<{ next_cursor: string }>('GET', '/api/sync')
  await first.app[Symbol.asyncDispose]()
  await restoreBackup(config, backup, async () => {})
  await using second = await startServer({ env })
  const changes = await second.api<{ is_reset: boolean }>('GET', `/api/sync?since=${next_cursor}`)
  assert.equal(changes.is_reset, true)
})

test('where no database is there is no backup either', async (t) => {
  const config = createConfig({ DATA_DIR: tempFolder(t) })
  await assert.rejects(createBackup(config), /There is no database to back up: .*parley\.db does not exist/)
  assert.deepEqual(await listBackups(config.dataDir), [])
})
