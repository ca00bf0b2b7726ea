import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { forEachDatabase } from '@parley/testkit'
import { createEncryption } from '../config/encryption.ts'
import type { AttemptReport, Candidate, Slot, Upstreams } from './account.ts'
import type { AccountAdmin } from './account-admin.ts'
import type { NewAccount } from './account-fields.ts'
import { updateAccountRow } from './account-repository.ts'
import { sealColumn } from './account-secrets.ts'
import { createUpstreams } from './create-upstreams.ts'
import type { UpstreamsOptions } from './parts.ts'
import { resealAccounts } from './reseal.ts'
import { failedAttempt } from './testing/failed-attempt.ts'
import { openSurroundings, type Surroundings } from './testing/surroundings.ts'

type Pool = Upstreams & { readonly admin: AccountAdmin }

const base = 'http://127.0.0.1:1'

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve))
}

forEachDatabase('createUpstreams', (database) => {
  let around: Surroundings
  let upstreams: Pool
  const open = (options: Partial<UpstreamsOptions> = {}) =>
    createUpstreams({
      ...around,
      config: { relay: { connectTimeoutMs: 500 } as UpstreamsOptions['config']['relay'] },
      isActiveModel: (model) => model === 'gpt-4' || model === 'claude-3-opus',
      random: () => 0,
      ...options,
    })
  const add = (more: Partial<NewAccount> = {}) =>
    upstreams.admin.create({ name: 'a', kind: 'openai', baseUrl: base, apiKey: 'sk-0123456789abcdef', ...more })
  const failed = (more: Partial<AttemptReport> = {}) => failedAttempt({ status: 500, reason: 'broken', ...more })
  const only = (model: string, pool: Pool = upstreams): Candidate => {
    const [candidate, ...more] = pool.candidates(model)
    assert.ok(candidate !== undefined && more.length === 0, `${more.length} more candidates for ${model}`)
    return candidate
  }
  async function take(candidate: Candidate, pool: Pool = upstreams): Promise<Slot> {
    const slot = await pool.acquire(candidate)
    assert.ok(slot, 'no slot')
    return slot
  }

  before(async () => {
    around = await openSurroundings(database)
    upstreams = await open()
  })
  after(async () => {
    await upstreams[Symbol.asyncDispose]()
    await around[Symbol.asyncDispose]()
  })

  test('lets the built-in simulator serve active models that no real account serves', async () => {
    assert.equal(only('gpt-4').account.id, 'simulator')
    assert.deepEqual(only('gpt-4').account.wires, [])
    assert.deepEqual(upstreams.candidates('not-in-the-catalog'), [])
    const { id } = await add({ models: { 'gpt-4': 'gpt-4-0613' } })
    assert.deepEqual([only('gpt-4').account.id, only('gpt-4').upstreamModel], [id, 'gpt-4-0613'])
    await upstreams.admin.pause(id, undefined)
    assert.equal(only('gpt-4').account.id, 'simulator')
    await upstreams.admin.remove(id)
  })

  test('knows after a restart which accounts are out, how often they were, and what was said of their limits', async () => {
    const { id } = await add({ name: 'restarted', models: { restarted: 'restarted' } })
    const headers = { 'x-ratelimit-limit-requests': '60', 'x-ratelimit-remaining-requests': '59' }
    upstreams.report(only('restarted'), failed({ status: 401, reason: 'refused', headers }))
    around.advance(6 * 60_000)
    upstreams.report(only('restarted'), failed({ status: 401, reason: 'refused again' }))
    assert.equal(upstreams.admin.get(id).holds[0]?.untilMs, Number.POSITIVE_INFINITY)
    const at = around.clock() - 6 * 60_000

    await upstreams[Symbol.asyncDispose]()
    upstreams = await open()
    const restarted = upstreams.admin.get(id)
    assert.deepEqual([restarted.state, restarted.holds[0]?.untilMs], ['out', Number.POSITIVE_INFINITY])
    assert.match(restarted.holds[0]?.reason ?? '', /refused again/)
    const limits = [{ name: 'requests', limit: 60, remaining: 59, resetsAt: null, status: null }]
    assert.deepEqual(restarted.seenLimits, { at, limits })

    upstreams.admin.reset(id)
    await upstreams[Symbol.asyncDispose]()
    upstreams = await open()
    assert.equal(upstreams.admin.get(id).state, 'ready')
    await upstreams.admin.remove(id)
  })

  test('keeps an account out until the limit that its upstream named is over, the whole account if it said so', async () => {
    const { id } = await add({ name: 'limited', models: { one: 'one', two: 'two' } })
    const end = around.clock() + 20 * 60_000
    const reset = String(end / 1000)
    const unified = { 'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': reset }
    upstreams.report(only('one'), failed({ status: 429, headers: unified }))
    assert.equal(upstreams.availability(only('two')).untilMs, end)
    upstreams.admin.reset(id)
    const tokens = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20m0s' }
    upstreams.report(only('one'), failed({ status: 429, headers: tokens }))
    assert.equal(upstreams.availability(only('one')).untilMs, end)
    assert.equal(upstreams.availability(only('two')).isAvailable, true)
    await upstreams.admin.remove(id)
  })

  test('knows who is in a group, and who is for pinned callers only', async () => {
    const { id } = await add({ groups: ['team-a', 'shared', 'team-a'], isSchedulable: false })
    assert.deepEqual(upstreams.accountIdsIn(['team-a']), [id])
    assert.deepEqual(upstreams.accountIdsIn(['team-b']), [])
    const { groups, isSchedulable } = upstreams.admin.get(id)
    assert.deepEqual([groups, isSchedulable], [['team-a', 'shared'], false])
    await upstreams.admin.remove(id)
  })

  test('does not take the simulator out for failing when it was told to', () => {
    const candidate = only('gpt-4')
    for (let call = 0; call < 5; call++) upstreams.report(candidate, failed({ status: 529, reason: 'as told' }))
    assert.equal(upstreams.availability(candidate).isAvailable, true)
  })

  test('lets an operator switch the simulator off', async () => {
    await upstreams.admin.update('simulator', { isEnabled: false })
    assert.deepEqual(upstreams.candidates('gpt-4'), [])
    await upstreams.admin.resume('simulator')
    assert.equal(only('gpt-4').account.id, 'simulator')
  })

  test('an account without a model list serves the models of its kind', async () => {
    const claude = await add({ kind: 'anthropic', baseUrl: null })
    const local = await add({ kind: 'openai', baseUrl: base })
    assert.equal(only('claude-sonnet-4-5').account.id, claude.id)
    assert.equal(only('gpt-5').account.id, local.id)
    assert.equal(only('llama3.1:8b').account.id, local.id)
    assert.deepEqual(upstreams.candidates('gemini-2.5-pro'), [])
    await upstreams.admin.remove(claude.id)
    await upstreams.admin.remove(local.id)
    assert.deepEqual(upstreams.candidates('gpt-5'), [])
  })

  test('gives a slot with all that a call needs', async () => {
    const { id } = await add({ kind: 'anthropic', models: { m1: 'up1' }, headers: { 'X-Team': 'blue' } })
    const slot = await take(only('m1'))
    assert.equal(slot.origin, base)
    assert.equal(slot.path('/v1/messages'), '/v1/messages')
    assert.deepEqual(slot.headers, { 'x-api-key': 'sk-0123456789abcdef', 'x-team': 'blue' })
    assert.deepEqual(slot.defaultHeaders, { 'anthropic-version': '2023-06-01' })
    assert.equal(upstreams.activeCalls(id), 1)
    slot.release()
    slot.release()
    assert.equal(upstreams.activeCalls(id), 0)
    assert.deepEqual(upstreams.servedModels(), ['m1'])
    await upstreams.admin.remove(id)
  })

  test('never gives more slots than the cap, and answers without a promise on one node', async () => {
    const { id } = await add({ models: { capped: 'capped' }, maxConcurrency: 2 })
    const candidate = only('capped')
    const slots = [upstreams.acquire(candidate), upstreams.acquire(candidate), upstreams.acquire(candidate)]
    assert.ok(slots.every((slot) => !(slot instanceof Promise)))
    assert.deepEqual(slots.map(Boolean), [true, true, false])
    ;(slots[0] as Slot).release()
    assert.ok(upstreams.acquire(candidate))
    assert.equal(upstreams.activeCalls(id), 2)
    await upstreams.admin.remove(id)
    assert.equal(upstreams.acquire(candidate), undefined)
  })

  test('lets callers wait in line for a slot on any account, but not for one that is out', async () => {
    const first = await add({ models: { busy: 'busy' }, maxConcurrency: 1 })
    const second = await add({ models: { busy: 'busy' }, maxConcurrency: 1 })
    const candidates = upstreams.candidates('busy')
    const slots = await Promise.all(candidates.map((candidate) => take(candidate)))
    const waiting = upstreams.waitForSlot(candidates, { waitMs: 5_000 })
    slots[1]?.release()
    const slot = await waiting
    assert.equal(slot?.candidate.account.id, candidates[1]?.account.id)

    const [out] = candidates
    assert.ok(out)
    upstreams.report(out, failed({ status: 429 }))
    slots[0]?.release()
    assert.equal(await upstreams.waitForSlot(candidates, { waitMs: 20 }), undefined)
    slot?.release()
    assert.ok(await upstreams.waitForSlot(candidates, { waitMs: 5_000 }))
    await upstreams.admin.remove(first.id)
    await upstreams.admin.remove(second.id)
  })

  test('gives a slot back that cannot be used, because there is no way to the upstream', async () => {
    const { id } = await add({ models: { unreachable: 'unreachable' }, maxConcurrency: 1 })
    const proxy = sealColumn('http://u:100%@127.0.0.1:1', { id, column: 'proxy', encryption: around.encryption })
    await updateAccountRow(id, { proxy }, around.store.database)
    const other = await open()
    try {
      const candidate = only('unreachable', other)
      await assert.rejects(async () => await other.acquire(candidate))
      await assert.rejects(other.waitForSlot([candidate], { waitMs: 5_000 }))
      assert.equal(other.activeCalls(id), 0)
    } finally {
      await other[Symbol.asyncDispose]()
      await upstreams.admin.remove(id)
    }
  })

  test('keeps the cap over all nodes that share their state', async () => {
    const state = { ...around.state, kind: 'redis' as const }
    const { id } = await add({ models: { shared: 'shared' }, maxConcurrency: 5 })
    const nodes = await Promise.all([open({ state }), open({ state })])
    try {
      const taken = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const node = nodes[index % 2] ?? upstreams
          return await node.acquire(only('shared', node))
        }),
      )
      const slots = taken.filter((slot) => slot !== undefined)
      assert.equal(slots.length, 5)
      slots[0]?.release()
      await until(async () => (await around.state.slots.count(`account:${id}`)) === 4)
      assert.ok(await nodes[1]?.acquire(only('shared', nodes[1])))
    } finally {
      for (const node of nodes) await node[Symbol.asyncDispose]()
      await upstreams.admin.remove(id)
    }
  })

  test('takes an account out after a failure, says why, and an admin can bring it back', async () => {
    const { id } = await add({ models: { limited: 'limited' } })
    const candidate = only('limited')
    upstreams.report(candidate, failed({ status: 429, retryAfterMs: 30_000, reason: 'slow down' }))
    const untilMs = around.clock() + 30_000
    assert.deepEqual(upstreams.availability(candidate), {
      isAvailable: false,
      untilMs,
      reason: 'rate limited: slow down',
    })
    assert.equal(upstreams.admin.get(id).state, 'limited')
    assert.deepEqual(upstreams.admin.reset(id).holds, [])
    assert.deepEqual(upstreams.availability(candidate), { isAvailable: true })
    await upstreams.admin.remove(id)
  })

  test('names no end for an account that stays out until somebody acts', async () => {
    const { id } = await add({ models: { refused: 'refused' } })
    const candidate = only('refused')
    upstreams.report(candidate, failed({ status: 401 }))
    around.advance(5 * 60_000)
    upstreams.report(candidate, failed({ status: 401 }))
    const { isAvailable, untilMs } = upstreams.availability(candidate)
    assert.deepEqual([isAvailable, untilMs], [false, undefined])
    await upstreams.admin.update(id, { apiKey: 'sk-fedcba9876543210' })
    assert.equal(upstreams.availability(candidate).isAvailable, true)
    await upstreams.admin.remove(id)
  })

  test('tells other nodes what it found out, and about changes', async () => {
    const other = await open()
    try {
      const { id } = await add({ models: { told: 'told' } })
      await until(() => other.candidates('told').length === 1)
      const candidate = only('told', other)
      upstreams.report(candidate, failed({ status: 529 }))
      assert.equal(other.availability(candidate).isAvailable, false)
      upstreams.admin.reset(id)
      assert.equal(other.availability(candidate).isAvailable, true)
      await upstreams.admin.remove(id)
      await until(() => other.candidates('told').length === 0)
    } finally {
      await other[Symbol.asyncDispose]()
    }
  })

  test('stores no secret in the clear and shows none', async () => {
    const secrets = { apiKey: 'sk-verysecretcredential', proxy: 'http://me:hunter2hunter2@127.0.0.1:8080' }
    const account = await add({ ...secrets, headers: { 'x-token': 'headersecret' }, models: { s: 's' } })
    const row = await around.store.database.selectFrom('account').selectAll().where('id', '=', account.id).execute()
    for (const text of [JSON.stringify(row), JSON.stringify(account)]) {
      for (const secret of ['verysecret', 'hunter2', 'headersecret']) assert.ok(!text.includes(secret), secret)
    }
    assert.equal(account.credentialHint, 'sk-v…tial')
    assert.equal(account.proxy, 'http://me:***@127.0.0.1:8080')
    assert.deepEqual(account.headerNames, ['x-token'])
    await upstreams.admin.remove(account.id)
  })

  test('erases the secrets of an account that is removed', async () => {
    const { id } = await add({ proxy: 'http://u:p@127.0.0.1:1', headers: { 'x-token': 'secret' } })
    await upstreams.admin.remove(id)
    const row = await around.store.database.selectFrom('account').selectAll().where('id', '=', id).executeTakeFirst()
    assert.deepEqual([row?.credential, row?.proxy, row?.headers], [null, null, null])
  })

  test('shows an account whose secrets cannot be opened as broken and works on with the others', async () => {
    const { id } = await add({ models: { fine: 'fine' } })
    const encryption = createEncryption({ encryptionKeys: [{ id: 'k2', key: new Uint8Array(32).fill(9) }] })
    const other = await open({ encryption })
    try {
      assert.deepEqual(other.candidates('fine'), [])
      const broken = other.admin.get(id)
      assert.equal(broken.state, 'broken')
      assert.match(broken.problem ?? '', /key k1, which is not configured/)
      assert.equal(only('gpt-4', other).account.id, 'simulator')
      const mended = await other.admin.update(id, { apiKey: 'sk-writtenanew00' })
      assert.equal(mended.state, 'ready')
    } finally {
      await other[Symbol.asyncDispose]()
      await upstreams.admin.remove(id)
    }
  })

  test('seals again with the newest key, so that the older one can go', async () => {
    const secrets = { proxy: 'http://u:p@127.0.0.1:1', headers: { 'x-a': 'b' } }
    const { id } = await add({ ...secrets, models: { sealed: 'sealed' } })
    const [older, newer] = [1, 2].map((number) => ({ id: `n${number}`, key: new Uint8Array(32).fill(number) }))
    assert.ok(older && newer)
    const first = { id: 'k1', key: new Uint8Array(32).fill(7) }
    assert.equal(await resealAccounts(around.store, createEncryption({ encryptionKeys: [newer, first] })), 3)
    assert.equal(await resealAccounts(around.store, createEncryption({ encryptionKeys: [newer, first] })), 0)
    const other = await open({ encryption: createEncryption({ encryptionKeys: [newer] }) })
    const slot = await take(only('sealed', other), other)
    assert.deepEqual(slot.headers, { authorization: 'Bearer sk-0123456789abcdef', 'x-a': 'b' })
    await other[Symbol.asyncDispose]()
    await assert.rejects(resealAccounts(around.store, createEncryption({ encryptionKeys: [older] })), /not configured/)
    await upstreams.admin.remove(id)
  })

  test('changes only what is given, and clears with null', async () => {
    const { id } = await add({ models: { x: 'y' }, priority: 7, notes: 'keep', maxConcurrency: 3 })
    const changed = await upstreams.admin.update(id, { weight: 5, maxConcurrency: null })
    assert.deepEqual(
      [changed.priority, changed.weight, changed.notes, changed.maxConcurrency, changed.models],
      [7, 5, 'keep', null, { x: 'y' }],
    )
    assert.equal((await take(only('x'))).headers.authorization, 'Bearer sk-0123456789abcdef')
    await upstreams.admin.update(id, { apiKey: null })
    assert.deepEqual((await take(only('x'))).headers, {})
    await upstreams.admin.remove(id)
  })

  const refused: [string, Partial<NewAccount>, RegExp][] = [
    ['a base URL that is none', { baseUrl: 'localhost' }, /^base_url: /],
    ['no credential for the provider itself', { baseUrl: null, apiKey: null }, /^api_key: /],
    ['a credential that cannot stand in a header', { apiKey: 'a\nb' }, /^api_key: /],
    ['a proxy of another kind', { proxy: 'ftp://x' }, /^proxy: /],
    ['a proxy whose password has a bare %', { proxy: 'http://u:100%@127.0.0.1:1' }, /^proxy: /],
    ['a SOCKS proxy whose password has a bare %', { proxy: 'socks5://u:100%@127.0.0.1:1' }, /^proxy: /],
    ['a proxy with a path', { proxy: 'http://127.0.0.1:1/proxy' }, /^proxy: /],
    ['a header of the connection', { headers: { Host: 'x' } }, /^headers\.Host: /],
    ['a header with a line break', { headers: { 'x-a': 'b\r\nc' } }, /^headers\.x-a: /],
    ['an empty model list', { models: {} }, /^models: /],
  ]
  for (const [what, fields, message] of refused) {
    test(`refuses ${what}`, async () => {
      await assert.rejects(add(fields), { code: 'invalid_input', message })
    })
  }

  test('refuses a change that would leave an account unusable', async () => {
    const { id } = await add()
    await assert.rejects(upstreams.admin.update(id, { baseUrl: null, apiKey: null }), /api_key/)
    assert.equal(upstreams.admin.get(id).baseUrl, base)
    await upstreams.admin.remove(id)
  })

  test('pauses for a while', async () => {
    const { id } = await add({ models: { paused: 'paused' } })
    await upstreams.admin.pause(id, 60_000)
    assert.equal(upstreams.availability(only('paused')).reason, 'paused')
    around.advance(60_000)
    assert.equal(upstreams.availability(only('paused')).isAvailable, true)
    await upstreams.admin.remove(id)
  })

  test('writes when an account was last used', async () => {
    const { id } = await add({ models: { used: 'used' } })
    upstreams.report(only('used'), failed({ errorKind: undefined, status: 200 }))
    await upstreams[Symbol.asyncDispose]()
    upstreams = await open()
    assert.equal(upstreams.admin.get(id).lastUsedAt, around.clock())
    await upstreams.admin.remove(id)
  })

  test('says that an account does not exist', async () => {
    assert.throws(() => upstreams.admin.get('nope'), { code: 'not_found', message: 'Account not found.' })
    await assert.rejects(upstreams.admin.update('nope', { name: 'x' }), { code: 'not_found' })
    await assert.rejects(upstreams.admin.remove('nope'), { code: 'not_found' })
  })
})
