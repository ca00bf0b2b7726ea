import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import type { JsonObject } from '@parley/wires'
import { createEncryption } from '../../config/encryption.ts'
import type { Store } from '../../store/store.ts'
import { openStore, silentLog } from '../../store/testing/open-store.ts'
import { createStoredResponses, type StoredResponses } from './stored-responses.ts'

const encryption = createEncryption({ encryptionKeys: [{ id: 'k', key: new Uint8Array(32).fill(7) }] })
const lifeMs = 1000

const said = (id: string, text: string): JsonObject => ({
  id,
  object: 'response',
  output: [{ type: 'message', id: `msg_${id}`, role: 'assistant', content: [{ type: 'output_text', text }] }],
})

forEachDatabase('stored responses', (target) => {
  let store: Store
  let responses: StoredResponses
  let now = 1_000_000

  before(async () => {
    store = await openStore(target)
    for (const id of ['mine', 'other']) {
      const row = { id, name: id, hash: id, hint: id, created_at: 0, updated_at: 0 }
      await store.database.insertInto('api_key').values(row).execute()
    }
    responses = createStoredResponses({ store, encryption, keepMs: lifeMs, clock: () => now, log: silentLog })
  })
  beforeEach(async () => {
    await store.database.deleteFrom('stored_response').execute()
  })
  after(async () => {
    await responses[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
  })

  async function turn(input: JsonObject['input'], reply: JsonObject, previous?: string): Promise<JsonObject> {
    const body: JsonObject = { model: 'm', ...(input !== undefined && { input }) }
    if (previous !== undefined) body.previous_response_id = previous
    const expanded = await responses.expand('mine', body)
    await responses.keep('mine', expanded, reply)
    return expanded.body
  }
  const texts = ({ input }: JsonObject) => JSON.stringify(input).match(/[A-Z]\w+(?=")/g)

  describe('a conversation', () => {
    test('goes on from any of its replies, with all that was said before', async () => {
      await turn('One', said('resp_1', 'First'))
      await turn('Two', said('resp_2', 'Second'), 'resp_1')
      assert.deepEqual(texts(await turn('Three', said('resp_3', 'Third'), 'resp_2')), [
        'One',
        'First',
        'Two',
        'Second',
        'Three',
      ])
      assert.deepEqual(texts(await turn('Other', said('resp_4', 'Fourth'), 'resp_1')), ['One', 'First', 'Other'])
    })

    test('is on disk once, and not to be read there', async () => {
      await turn('One', said('resp_1', 'First'))
      await turn('Two', said('resp_2', 'Second'), 'resp_1')
      const rows = await store.database.selectFrom('stored_response').selectAll().orderBy('id').execute()
      assert.equal(rows.length, 2)
      assert.doesNotMatch(JSON.stringify(rows), /One|First|Two/)
      const kept = await responses.get('mine', 'resp_2')
      assert.doesNotMatch(JSON.stringify(kept), /One|First"/)
      assert.equal(kept.response.previous_response_id, 'resp_1')
    })

    test('lives as long as it is used, then it is gone', async () => {
      await turn('One', said('resp_1', 'First'))
      now += lifeMs - 1
      await turn('Two', said('resp_2', 'Second'), 'resp_1')
      now += lifeMs - 1
      assert.deepEqual(texts(await turn('Three', said('resp_3', 'Third'), 'resp_2'))?.slice(0, 2), ['One', 'First'])
      now += lifeMs
      await assert.rejects(turn('Four', said('resp_4', 'Fourth'), 'resp_3'), /previous_response_id/)
      const fresh = createStoredResponses({ store, encryption, keepMs: lifeMs, clock: () => now, log: silentLog })
      await fresh[Symbol.asyncDispose]()
      assert.deepEqual(await store.database.selectFrom('stored_response').selectAll().execute(), [])
      assert.deepEqual(await store.database.selectFrom('stored_response_item').selectAll().execute(), [])
    })
  })

  test('items that a request refers to are put in their place', async () => {
    await turn('One', said('resp_1', 'First'))
    const body = await turn([{ type: 'item_reference', id: 'msg_resp_1' }], said('resp_2', 'Second'))
    assert.deepEqual(texts(body), ['First'])
    await assert.rejects(turn([{ type: 'item_reference', id: 'msg_none' }], said('resp_3', 'Third')), /input\[0\]/)
  })

  test('thinking that is not here in full, and ids of another place, are not sent on', async () => {
    const thought = { type: 'reasoning', id: 'rs_1', summary: [] }
    const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' }
    const output = [thought, { ...thought, id: 'rs_2', encrypted_content: 'abc' }, call]
    await turn('One', { id: 'resp_1', output })
    const { input } = await turn([], said('resp_2', 'Second'), 'resp_1')
    const { id: _, ...bare } = call
    assert.deepEqual((input as JsonObject[]).slice(1), [{ ...thought, id: 'rs_2', encrypted_content: 'abc' }, bare])
  })

  test('an id that was made here is not sent on, whatever the item', async () => {
    const output = { type: 'custom_tool_call_output', call_id: 'call_1', output: 'ok' }
    await turn([output], said('resp_1', 'First'))
    const [kept] = (await responses.get('mine', 'resp_1')).input
    assert.match(JSON.stringify(kept), /"id":"item_/)
    const { input } = await turn('Two', said('resp_2', 'Second'), 'resp_1')
    assert.deepEqual((input as JsonObject[])[0], output)
  })

  test('another key finds nothing', async () => {
    await turn('One', said('resp_1', 'First'))
    await assert.rejects(responses.get('other', 'resp_1'), { code: 'not_found' })
    await assert.rejects(responses.remove('other', 'resp_1'), { code: 'not_found' })
    const refer = { model: 'm', input: 'Two', previous_response_id: 'resp_1' }
    await assert.rejects(responses.expand('other', refer), { code: 'wire_unsupported' })
    await responses.expand('mine', refer)
  })

  test('what is switched off is refused by name', async () => {
    const off = createStoredResponses({ store, encryption, keepMs: 0, clock: () => now, log: silentLog })
    const refer = { model: 'm', input: 'Two', previous_response_id: 'resp_1' }
    await assert.rejects(off.expand('mine', refer), {
      code: 'invalid_input',
      details: { field: 'previous_response_id' },
    })
    await off[Symbol.asyncDispose]()
  })
})
