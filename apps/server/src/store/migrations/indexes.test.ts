import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { CompiledQuery, type Compilable } from 'kysely'
import type { Store } from '../store.ts'
import { openStore } from '../testing/open-store.ts'

/** Lists must stay quick with a hundred thousand rows: what is asked often is found by an index, without sorting. */
forEachDatabase('the indexes', (target) => {
  if (target.kind === 'postgres') return
  let store: Store
  before(async () => {
    store = await openStore(target)
  })
  after(() => store[Symbol.asyncDispose]())

  async function planOf(query: Compilable): Promise<string> {
    const { sql, parameters } = query.compile()
    const plan = await store.database.executeQuery<{ detail: string }>(
      CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
    )
    return plan.rows.map((row) => row.detail).join('; ')
  }
  function finds(name: string, index: string, query: (database: Store['database']) => Compilable): void {
    test(`${name} are found by ${index}`, async () => {
      const plan = await planOf(query(store.database))
      assert.match(plan, new RegExp(`USING (COVERING )?INDEX ${index}\\b`))
      assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/)
    })
  }

  finds('a user’s conversations, newest first,', 'conversation_user', (database) =>
    database
      .selectFrom('conversation')
      .selectAll()
      .where('user_id', '=', 'u')
      .orderBy('updated_at', 'desc')
      .orderBy('id', 'desc')
      .limit(20),
  )
  finds('a user’s conversations by their ids', 'conversation_id', (database) =>
    database.selectFrom('conversation').select('id').where('user_id', '=', 'u').where('id', '>', 'c').orderBy('id'),
  )
  finds('a conversation’s messages in order', 'message_conversation', (database) =>
    database.selectFrom('message').selectAll().where('conversation_id', '=', 'c').orderBy('created_at').orderBy('id'),
  )
  finds('messages sent twice', 'message_client_message_id_unique', (database) =>
    database.selectFrom('message').select('id').where('conversation_id', '=', 'c').where('client_message_id', '=', 'm'),
  )
  finds('calls that dead nodes left open', 'usage_record_open', (database) =>
    database.selectFrom('usage_record').select('id').where('status', '=', 'open').where('node_id', 'in', ['a', 'b']),
  )
  finds('runs that dead nodes left running', 'run_running', (database) =>
    database.selectFrom('run').select('id').where('status', '=', 'running').where('node_id', 'in', ['a', 'b']),
  )
  for (const owner of ['user_id', 'key_id', 'account_id'] as const) {
    finds(`the ledger’s rows of one ${owner}`, `usage_record_${owner}`, (database) =>
      database
        .selectFrom('usage_record')
        .selectAll()
        .where(owner, '=', 'x')
        .where('at', '>', 1)
        .orderBy('at', 'desc')
        .limit(50),
    )
  }
  finds('the ledger’s newest rows', 'usage_record_at', (database) =>
    database
      .selectFrom('usage_record')
      .selectAll()
      .where('at', '<', 1)
      .orderBy('at', 'desc')
      .orderBy('id', 'desc')
      .limit(50),
  )
  finds('API keys', 'api_key_hash_unique', (database) =>
    database.selectFrom('api_key').selectAll().where('hash', '=', 'h'),
  )
})
