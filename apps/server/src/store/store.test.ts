import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { sql, type Transaction } from 'kysely'
import type { Store } from './store.ts'
import type { Tables } from './tables.ts'
import { openStore } from './testing/open-store.ts'
import { isUniqueViolation } from './unique-violation.ts'

forEachDatabase('the store', (target) => {
  let store: Store
  before(async () => {
    store = await openStore(target)
  })
  after(() => store[Symbol.asyncDispose]())

  const setting = (key: string) => ({ key, value_json: '1', updated_at: 1, updated_by: null })
  const put = (key: string, on: Transaction<Tables>) => on.insertInto('setting').values(setting(key)).execute()
  const has = async (key: string) =>
    (await store.database.selectFrom('setting').select('key').where('key', '=', key).execute()).length === 1

  test('a transaction is all or nothing, and gives back what its work gave', async () => {
    assert.equal(await store.transaction(async (transaction) => (await put('kept', transaction)).length), 1)
    const failing = store.transaction(async (transaction) => {
      await put('undone', transaction)
      throw new Error('the work failed')
    })
    await assert.rejects(failing, /the work failed/)
    assert.deepEqual([await has('kept'), await has('undone')], [true, false])
  })

  test('nobody sees what a transaction has not committed yet, and nobody waits for it to read', async () => {
    const written = Promise.withResolvers<void>()
    const goOn = Promise.withResolvers<void>()
    const transaction = store.transaction(async (transaction) => {
      await put('uncommitted', transaction)
      written.resolve()
      await goOn.promise
    })
    await written.promise
    assert.equal(await has('uncommitted'), false)
    goOn.resolve()
    await transaction
    assert.equal(await has('uncommitted'), true)
  })

  test('a transaction that is used after its end throws and writes nothing', async () => {
    let leaked: Transaction<Tables> | undefined
    await store.transaction(async (transaction) => {
      leaked = transaction
    })
    await assert.rejects(async () => leaked && put('leaked', leaked), /committed|ended/)
    assert.equal(await has('leaked'), false)
  })

  test('a query that nobody waited for cannot run after the end of its transaction', async () => {
    let late: Promise<unknown> | undefined
    await store
      .transaction(async (transaction) => {
        await put('on time', transaction)
        late = put('late', transaction).catch((error: unknown) => error)
        throw new Error('the work failed')
      })
      .catch((error: unknown) => assert.match(String(error), /the work failed/))
    await late
    assert.deepEqual([await has('on time'), await has('late')], [false, false])
  })

  test('what would wait for its own transaction throws instead of standing still', async () => {
    await store.transaction(async (transaction) => {
      await put('outer', transaction)
      const itself = /inside a transaction/
      await assert.rejects(store.database.updateTable('setting').set({ value_json: '2' }).execute(), itself)
      await assert.rejects(store.database.selectFrom('setting').selectAll().execute(), itself)
      await assert.rejects(
        store.transaction(async () => {}),
        itself,
      )
      await assert.rejects(
        store.groupCommit.run(async () => {}),
        itself,
      )
    })
    assert.equal(await has('outer'), true)
  })

  test('what a transaction has started and left behind may use the store once it has ended', async () => {
    const ended = Promise.withResolvers<void>()
    let later: Promise<boolean> | undefined
    await store.transaction(async () => {
      later = ended.promise.then(() => has('never written'))
    })
    ended.resolve()
    assert.equal(await later, false)
  })

  test('transactions, group commits and single writes at once all get their turn', async () => {
    const inTransaction = (key: string) => store.transaction((transaction) => put(key, transaction))
    const inGroup = (key: string) => store.groupCommit.run(async (transaction) => void (await put(key, transaction)))
    const alone = (key: string) => store.database.insertInto('setting').values(setting(key)).execute()
    const writes = Array.from({ length: 50 }, (_, index) => [
      inTransaction(`mixed a ${index}`),
      inGroup(`mixed b ${index}`),
      alone(`mixed c ${index}`),
    ])
    await Promise.all(writes.flat())
    const { rows } = await sql<{
      count: number
    }>`select count(*) as count from setting where key like 'mixed %'`.execute(store.database)
    assert.deepEqual(rows, [{ count: 150 }])
  })

  test('counts and sums are numbers, exact or an error', async () => {
    const big = Number.MAX_SAFE_INTEGER
    const model = { model: 'm', wire: 'anthropic', is_stream: 1, estimated_tokens: 0, node_id: 'n', at: 1 } as const
    const owner = { user_id: null, key_id: null, conversation_id: null, status: 'open' } as const
    const add = (id: string, costNanos: number) =>
      store.database
        .insertInto('usage_record')
        .values({ ...model, ...owner, id, cost_nanos: costNanos })
        .execute()
    await add('1', big - 5)
    await add('2', 5)
    const sum = ({ fn }: { fn: typeof store.database.fn }) => fn.sum<number>('cost_nanos').as('cost')
    const select = store.database.selectFrom('usage_record').select([(build) => sum(build), 'model'])
    assert.deepEqual(await select.groupBy('model').execute(), [{ cost: big, model: 'm' }])
    await store.database.updateTable('usage_record').set({ cost_nanos: sql`9007199254740993` }).execute()
    await assert.rejects(store.database.selectFrom('usage_record').selectAll().execute(), RangeError)
  })

  test('a taken value is told apart from other errors', async () => {
    await addUser(store, 'taken', 'taken@example.com')
    const failure = async (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error)
    const email = await failure(addUser(store, 'other', 'taken@example.com'))
    assert.deepEqual(
      ['email', 'username', 'id'].map((column) => isUniqueViolation(email, 'user', column)),
      [true, false, false],
    )
    const id = await failure(
      store.database
        .insertInto('node')
        .values([node('same'), node('same')])
        .execute(),
    )
    assert.deepEqual([isUniqueViolation(id, 'node', 'id'), isUniqueViolation(id, 'user', 'id')], [true, false])
    const key = await failure(addConversation(store, 'nobody', 'c'))
    assert.ok(key instanceof Error && !isUniqueViolation(key, 'conversation', 'id'))
  })

  test('with a user goes what belongs to him, and the ledger stays', async () => {
    await addUser(store, 'leaving', 'leaving@example.com')
    await addConversation(store, 'leaving', 'conversation')
    await store.database.insertInto('conversation_tag').values({ conversation_id: 'conversation', tag: 'a' }).execute()
    await addMessages(store, 'conversation', 1_500)
    await addRun(store, 'conversation')
    await store.database.updateTable('usage_record').set({ account_id: null, cost_nanos: 0 }).execute()
    await store.database.deleteFrom('user').where('id', '=', 'leaving').execute()
    const counts = await Promise.all(
      (['conversation', 'conversation_tag', 'message', 'run', 'run_event'] as const).map(async (table) => {
        const { rows } = await sql<{ count: number }>`select count(*) as count from ${sql.table(table)}`.execute(
          store.database,
        )
        return rows[0]?.count
      }),
    )
    assert.deepEqual(counts, [0, 0, 0, 0, 0])
    assert.equal((await store.database.selectFrom('usage_record').select('id').execute()).length, 2)
  })

  test('a message with branches under it is not deleted by the way', async () => {
    await addUser(store, 'branching', 'branching@example.com')
    await addConversation(store, 'branching', 'tree')
    await addMessages(store, 'tree', 2)
    await assert.rejects(store.database.deleteFrom('message').where('id', '=', 'tree 0').execute())
  })

  test('text is sorted byte by byte', async () => {
    const keys = ['sort a', 'sort B', 'sort é', 'sort z', 'sort 中', 'sort _']
    await store.database.insertInto('setting').values(keys.map(setting)).execute()
    const rows = await store.database
      .selectFrom('setting')
      .select('key')
      .where('key', 'like', 'sort %')
      .orderBy('key')
      .execute()
    assert.deepEqual(
      rows.map((row) => row.key),
      ['sort B', 'sort _', 'sort a', 'sort z', 'sort é', 'sort 中'],
    )
  })
})

function node(id: string) {
  return { id, host: 'h', pid: 1, started_at: 1, heartbeat_at: 1, stopped_at: null }
}

async function addUser(store: Store, id: string, email: string): Promise<void> {
  const { database } = store
  const times = { created_at: 1, updated_at: 1, last_login_at: null }
  const values = { id, email, username: id, nickname: null, password_hash: '', role: 'user', token_quota: 0 } as const
  await database
    .insertInto('user')
    .values({ ...values, ...times })
    .execute()
}

async function addConversation(store: Store, userId: string, id: string): Promise<void> {
  const values = { id, user_id: userId, title: '', title_source: 'default', model_id: 'm' } as const
  await store.database
    .insertInto('conversation')
    .values({ ...values, created_at: 1, updated_at: 1, system_prompt: null, active_leaf_id: null })
    .execute()
}

/** One long branch. */
async function addMessages(store: Store, conversationId: string, count: number): Promise<void> {
  await store.transaction(async (transaction) => {
    for (let index = 0; index < count; index += 1) {
      await sql`insert into message (id, conversation_id, parent_id, sender_type, content, status, created_at, updated_at)
        values (${`${conversationId} ${index}`}, ${conversationId},
          ${index === 0 ? null : `${conversationId} ${index - 1}`}, 'user', '', 'done', 1, 1)`.execute(transaction)
    }
  })
}

async function addRun(store: Store, conversationId: string): Promise<void> {
  const run = { id: 'run', conversation_id: conversationId, user_id: 'leaving', message_id: 'm', model_id: 'm' }
  await store.database
    .insertInto('run')
    .values({ ...run, user_message_id: null, node_id: 'n', status: 'done', created_at: 1, heartbeat_at: 1 })
    .execute()
  await store.database.insertInto('run_event').values({ run_id: 'run', seq: 1, payload_json: '{}' }).execute()
}
