import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { type Transaction, sql } from 'kysely'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'
import { databaseConfig, openStore } from './testing/open-store.ts'

forEachDatabase('the group commit', (target) => {
  let store: Store
  before(async () => {
    store = await openStore(target)
  })
  after(() => store[Symbol.asyncDispose]())

  const put = (key: string, on: Transaction<Tables>) =>
    on.insertInto('setting').values({ key, value_json: '1', updated_at: 1, updated_by: null }).execute()
  const add = (key: string) => store.groupCommit.run(async (transaction) => void (await put(key, transaction)))
  const keys = async (prefix: string) => {
    const like = `${prefix}%`
    const rows = await store.database.selectFrom('setting').select('key').where('key', 'like', like).execute()
    return rows.map((row) => row.key)
  }

  test('a work is committed when it resolves', async () => {
    await add('single')
    assert.deepEqual(await keys('single'), ['single'])
  })

  test('works run in the order in which they were handed in, and share transactions', async () => {
    const seen: number[] = []
    const transactions = new Set<Transaction<Tables>>()
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        store.groupCommit.run(async (transaction) => {
          await put(`ordered ${index}`, transaction)
          seen.push(index)
          transactions.add(transaction)
        }),
      ),
    )
    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, index) => index),
    )
    assert.equal(transactions.size, 2, 'a group has at most 128 works')
    assert.equal((await keys('ordered')).length, 200)
  })

  test('a work that fails is alone in failing, with its own error', async () => {
    const broken = store.groupCommit.run(async (transaction) => {
      await put('broken', transaction)
      throw new Error('this one')
    })
    const results = await Promise.allSettled([add('good 1'), broken, add('good 2')])
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    await assert.rejects(broken, /this one/)
    assert.deepEqual([await keys('good'), await keys('broken')], [['good 1', 'good 2'], []])
  })

  test('a work whose query the database refuses is alone in failing', async () => {
    await add('taken')
    const results = await Promise.allSettled([add('fine 1'), add('taken'), add('fine 2')])
    assert.deepEqual(
      results.map((result) => result.status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(await keys('fine'), ['fine 1', 'fine 2'])
  })

  test('a work that hides the failure of its query spoils no other work', async () => {
    await add('hidden')
    const hiding = store.groupCommit.run(async (transaction) => {
      await assert.rejects(put('hidden', transaction))
    })
    const results = await Promise.allSettled([add('beside 1'), hiding, add('beside 2')])
    assert.deepEqual([results[0]?.status, results[2]?.status], ['fulfilled', 'fulfilled'])
    assert.deepEqual(await keys('beside'), ['beside 1', 'beside 2'])
  })

  test('flush waits for everything that was handed in before it, failures too', async () => {
    let isDone = false
    const late = store.groupCommit.run(async (transaction) => void (await put('flushed', transaction)))
    void late.then(() => (isDone = true))
    const failing = store.groupCommit.run(() => Promise.reject(new Error('fails')))
    const failed = assert.rejects(failing, /fails/)
    await store.groupCommit.flush()
    assert.equal(isDone, true)
    await failed
    await store.groupCommit.flush()
  })

  test('what has resolved survives kill -9', async () => {
    const program = `
      import { createStore } from ${JSON.stringify(new URL('create-store.ts', import.meta.url).href)}
      const log = { info() {}, warn() {}, error() {} }
      const store = await createStore(${JSON.stringify(databaseConfig(target))}, { dataDir: ${JSON.stringify('/nonexistent')}, log })
      for (let index = 0; ; index += 1) {
        await store.groupCommit.run((transaction) => transaction.insertInto('setting')
          .values({ key: 'killed ' + index, value_json: '1', updated_at: 1, updated_by: null }).execute())
        process.stdout.write(index + '\\n')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let output = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      output += String(chunk)
      if (output.split('\n').length > 50) child.kill('SIGKILL')
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    const seen = output.split('\n').slice(0, -1)
    const { rows } = await sql<{ key: string }>`select key from setting where key like 'killed %'`.execute(
      store.database,
    )
    const kept = new Set(rows.map((row) => row.key))
    assert.ok(seen.length >= 50)
    assert.deepEqual(
      seen.filter((index) => !kept.has(`killed ${index}`)),
      [],
    )
  })
})
