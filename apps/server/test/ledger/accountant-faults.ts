/**
 * What a ledger can do wrong, one thing at a time, done to one that is right: so that each of the accountant's checks is
 * seen to fail. What is written is written as a faulty server would have left it, sums with their rows.
 */
import type { ServedCall } from '@parley/testkit'
import { sql, type Transaction } from 'kysely'
import type { UsageRecord } from '../../src/ledger/records.ts'
import { addToRollups, counterColumns } from '../../src/ledger/rollups.ts'
import type { Store } from '../../src/store/store.ts'
import type { Tables } from '../../src/store/tables.ts'
import type { Found } from './accountant.ts'
import type { KeyName } from './accountant-plan.ts'

export interface Scene {
  /** A transaction that is rolled back. */
  readonly database: Transaction<Tables>
  readonly kind: Store['kind']
  readonly rows: readonly UsageRecord[]
  readonly found: Found
}

export interface Fault {
  /** Gives what was found instead, where the fault is not in the ledger. */
  readonly make: (scene: Scene) => Promise<Partial<Found>> | Partial<Found>
  readonly isNamed: RegExp
}

export const faults: { readonly [what: string]: Fault } = {
  'a settlement is dropped': {
    make: async (scene) => {
      const row = anyRow(scene)
      await addToSums(scene, row, -1)
      return await update(scene, row, { status: 'open' })
    },
    isNamed: /^call-\d+ .*: it is still open/,
  },
  'a call is settled twice': {
    make: (scene) => addToSums(scene, anyRow(scene), 1),
    isNamed: /^sums of key per hour: /,
  },
  'what a user has used is counted twice': {
    make: ({ database }) => run(database, sql`update "user" set token_used = token_used * 2`),
    isNamed: /^the user .* has used \d+ tokens, the rows say \d+$/,
  },
  'a call counts in another hour': {
    make: ({ database }) =>
      run(database, sql`update usage_rollup set bucket = bucket - 3600000 where dimension = 'key' and per = 'hour'`),
    isNamed: /^\d+ hours of key have sums, and \d+ of them are those of the rows$/,
  },
  'one token is added': {
    make: async (scene) => {
      const row = saidRow(scene)
      await addToSums(scene, row, -1)
      const changed = { ...row, output_tokens: row.output_tokens + 1 }
      await addToSums(scene, changed, 1)
      return await update(scene, row, { output_tokens: changed.output_tokens })
    },
    isNamed: /: the upstream counted (\d+) of output, the ledger (\d+) and 0 beyond a limit$/,
  },
  'one token is lost': {
    make: (scene) => update(scene, saidRow(scene), { input_tokens: saidRow(scene).input_tokens - 1 }),
    isNamed: /: the upstream counted \d+ of input, the ledger \d+ and 0 beyond a limit$/,
  },
  'a search is not counted': {
    make: (scene) => {
      const row = pick(scene.rows, ({ web_searches: count, end_reason: reason }) => count > 0 && reason === 'done')
      return update(scene, row, { web_searches: row.web_searches - 1 })
    },
    isNamed: /: the upstream counted \d of webSearches, the ledger \d and 0 beyond a limit$/,
  },
  'a tier of service is not noted': {
    make: (scene) => {
      const row = pick(scene.rows, ({ service_tier: tier, end_reason: reason }) => tier !== null && reason === 'done')
      return update(scene, row, { service_tier: null })
    },
    isNamed: /: the upstream served it at the tier \w+, the ledger says null$/,
  },
  'a nano-dollar is added to a cost': {
    make: (scene) => update(scene, anyRow(scene), { cost_nanos: anyRow(scene).cost_nanos + 1 }),
    isNamed: /: it costs \d+, the ledger says \d+$/,
  },
  'a nano-dollar is added to a charge': {
    make: (scene) => update(scene, anyRow(scene), { charged_nanos: anyRow(scene).charged_nanos + 1 }),
    isNamed: /: it is charged \d+, the ledger says \d+$/,
  },
  'a price is not known': {
    make: (scene) => update(scene, anyRow(scene), { price_id: null }),
    isNamed: /: it has no price$/,
  },
  'the row of a call is lost': {
    make: async (scene) => {
      const row = anyRow(scene)
      await addToSums(scene, row, -1)
      return await run(scene.database, sql`delete from usage_record where id = ${row.id}`)
    },
    isNamed: /: the upstream was asked, and the ledger does not know$/,
  },
  'a call is answered and never admitted': {
    make: ({ found: { results } }) => {
      const result = pick(results, ({ status }) => status === 200)
      const call = { ...result.call, id: 'call-999999', key: 'plain' } as const
      return { results: [...results, { ...result, call, ended: 'whole' }] }
    },
    isNamed: /^call-999999 .*: it was answered with 200, and the ledger does not know$/,
  },
  'there is a row that nobody made': {
    make: (scene) => insertRow(scene, { ...anyRow(scene), id: 'call-invented' }),
    isNamed: /^call-invented: nobody made this call$/,
  },
  'what a failed attempt used is lost': {
    make: ({ rows, found: { truth } }) => {
      const { id } = pick(rows, ({ attempts, end_reason: reason }) => attempts > 1 && reason === 'done')
      const [first, ...others] = truth.get(id) ?? []
      if (first === undefined) throw new Error('the upstream has not seen its first attempt')
      const said = { own: {}, usage: { ...first.usage, input: 7 } }
      return { truth: new Map([...truth, [id, [{ ...first, outcome: 'error', said }, ...others]]]) }
    },
    isNamed: /: the upstream said .* in attempt 1, the ledger .* \(error\)$/,
  },
  'a failed attempt is invented': {
    make: (scene) => {
      const { id, account_id: account, model } = saidRow(scene)
      const columns = sql`(request_id, attempt, account_id, upstream_model, input_tokens, output_tokens, cost_nanos, usage_json)`
      return run(
        scene.database,
        sql`insert into failed_attempt ${columns} values (${id}, 9, ${account}, ${model}, 0, 0, 0, '{}')`,
      )
    },
    isNamed: /: the ledger has an attempt 9 of 1$/,
  },
  'an attempt is not counted': {
    make: (scene) => update(scene, saidRow(scene), { attempts: 0 }),
    isNamed: /: the upstream was asked \d times, the ledger says 0$/,
  },
  'what the upstream said is estimated': {
    make: (scene) => update(scene, saidRow(scene), { usage_source: 'estimate' }),
    isNamed: /: the upstream said it all, the ledger says estimate$/,
  },
  'a call ends as if its node had died': {
    make: (scene) => update(scene, anyRow(scene), { end_reason: 'interrupted' }),
    isNamed: /: its node was never killed$/,
  },
  'what a dead node left counts nothing': {
    make: async (scene) => {
      await update(scene, anyRow(scene), { ...noTokens, end_reason: 'interrupted' })
      return { wasKilled: () => true }
    },
    isNamed: /: it was interrupted and counts nothing$/,
  },
  'what was heard counts nothing': {
    make: (scene) => update(scene, saidRow(scene), noTokens),
    isNamed: /: it was heard and counts nothing$/,
  },
  'a request counts nothing': {
    make: (scene) => update(scene, saidRow(scene), { ...noTokens, output_tokens: 10, usage_source: 'estimate' }),
    isNamed: /: its request counts nothing$/,
  },
  'a call counts less than its client got': {
    make: (scene) => update(scene, saidRow(scene), { ...noTokens, input_tokens: 1, usage_source: 'estimate' }),
    isNamed: /: the client got \d+ characters, the ledger has 0 tokens$/,
  },
  'the ledger saw less than the client': {
    make: (scene) => update(scene, saidRow(scene), { content_length: 0 }),
    isNamed: /: the client got \d+ characters, the ledger saw 0$/,
  },
  'the ledger saw more than was sent': {
    make: (scene) => update(scene, saidRow(scene), { content_length: 1_000_000 }),
    isNamed: /: of \d+ characters that were sent the ledger saw 1000000$/,
  },
  'the ledger heard more than was said': {
    make: (scene) => update(scene, saidRow(scene), { output_tokens: 1_000_000 }),
    isNamed: /: the upstream counted \d+ tokens of replies, the ledger 1\d{6}$/,
  },
  'a whole reply ends badly': {
    make: (scene) => update(scene, saidRow(scene), { end_reason: 'upstream_cut' }),
    isNamed: /: the client was told that the reply is whole$/,
  },
  'a limit of requests is passed by one': {
    make: ({ found, rows }) => withMax(found, 'requests', usedOf(found, rows, 'requests') - 1),
    isNamed: /^\d+ calls within a limit of \d+ requests$/,
  },
  'a limit of tokens is passed by one': {
    make: ({ found, rows }) => withMax(found, 'tokens', usedOf(found, rows, 'tokens') - 1),
    isNamed: /^\d+ of tokens within a limit of \d+$/,
  },
  'a limit of cost is passed by a nano-dollar': {
    make: ({ found, rows }) => withMax(found, 'cost2', usedOf(found, rows, 'cost2') - 1),
    isNamed: /^\d+ of cost within a limit of \d+$/,
  },
  'too many calls run at once': {
    make: ({ found }) => withBusy(found, (served) => ({ ...served, endedAt: Number.MAX_SAFE_INTEGER })),
    isNamed: /^\d+ calls at once within a limit of 3$/,
  },
  'a request that fits is refused': {
    make: ({ found, rows }) => withMax(found, 'requests', usedOf(found, rows, 'requests') + 1),
    isNamed: /^\d+ calls were refused with 1 of \d+ requests left$/,
  },
  'a call is refused that has enough tokens': {
    make: ({ found, rows }) => withMax(found, 'tokens3', usedOf(found, rows, 'tokens3') + 200),
    isNamed: /^a call was refused with 200 of tokens left: /,
  },
  'a call is refused that has enough money': {
    make: ({ found, rows }) => withMax(found, 'cost', usedOf(found, rows, 'cost') + 10_000_000),
    isNamed: /^a call was refused with 10000000 of cost left: /,
  },
  'calls are refused that come one after another': {
    make: ({ found }) => {
      const refused = pick(found.results, ({ call }) => call.key === 'busy')
      const results = [...found.results, { ...refused, status: 429 }]
      return { results, ...withBusy(found, (served, number) => ({ ...served, receivedAt: number, endedAt: number })) }
    },
    isNamed: /^calls were refused with no more than \d at once$/,
  },
  'a limit is never reached': {
    make: ({ found: { results } }) => ({
      results: results.filter(({ call, status }) => call.key !== 'tokens2' || status !== 429),
    }),
    isNamed: /^the limit of tokens was never reached: this says nothing$/,
  },
  'an alert is lost': {
    make: ({ database }) => run(database, sql`delete from alert where percent = 80 and what = 'tokens'`),
    isNamed: /^80 % of the limit of tokens were told 0 times, not 1$/,
  },
  'an alert is given twice': {
    make: ({ database }) =>
      run(
        database,
        sql`insert into alert (id, at, subject_kind, subject_id, what, per, window_start, max, percent, used)
          select id || ' again', at, subject_kind, subject_id, what, per, 1, max, percent, used from alert`,
      ),
    isNamed: /^50 % of the limit of requests were told 2 times, not 1$/,
  },
  'an alert is given for what was not used': {
    make: ({ found, rows }) => withMax(found, 'cost4', usedOf(found, rows, 'cost4') * 10),
    isNamed: /^50 % of the limit of cost were told 1 times, not 0$/,
  },
  'an alert comes too early': {
    make: ({ database }) => run(database, sql`update alert set used = 1`),
    isNamed: /^100 % of requests were told too early$/,
  },
}

const noTokens = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  thinking_tokens: 0,
}

/** Served and paid for, whatever became of it. */
function anyRow({ rows, found }: Scene): UsageRecord {
  return pick(rows, ({ id, key_id: keyId, account_id: accountId }) => {
    const key = [...found.keys].find(([, { id: known }]) => known === keyId)
    return key?.[0] === 'plain' && accountId !== null && found.truth.get(id) !== undefined
  })
}

/** A stream that was heard to its end, with what its upstream said of it, at the first attempt. */
function saidRow({ rows, found }: Scene): UsageRecord {
  return pick(rows, ({ id, end_reason: reason, usage_source: source, attempts }) => {
    const result = found.results.find(({ call }) => call.id === id)
    const isHeard = result?.ended === 'whole' && result.call.isStream && result.call.key === 'plain'
    return isHeard && reason === 'done' && source === 'upstream' && attempts === 1
  })
}

function pick<T>(list: readonly T[], isRight: (each: T) => boolean): T {
  const found = list.find(isRight)
  if (found === undefined) throw new Error('so few calls have none of this kind')
  return found
}

async function run(database: Transaction<Tables>, query: ReturnType<typeof sql>): Promise<Partial<Found>> {
  const { numAffectedRows } = await query.execute(database)
  if (numAffectedRows === 0n) throw new Error('this fault changes nothing')
  return {}
}

async function update({ database }: Scene, { id }: UsageRecord, fields: Partial<UsageRecord>): Promise<Partial<Found>> {
  for (const [column, value] of Object.entries(fields))
    await run(database, sql`update usage_record set ${sql.ref(column)} = ${value} where id = ${id}`)
  return {}
}

async function insertRow({ database }: Scene, row: UsageRecord): Promise<Partial<Found>> {
  await database.insertInto('usage_record').values(row).execute()
  return {}
}

/** As often as `times` says; -1 takes it away. */
async function addToSums({ database, kind }: Scene, row: UsageRecord, times: 1 | -1): Promise<Partial<Found>> {
  const spoken = row.output_tokens + row.thinking_tokens + row.audio_output_tokens
  const cached = row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens
  const counts: { readonly [column: string]: number } = {
    requests: 1,
    tokens: row.input_tokens + row.audio_input_tokens + cached + spoken,
    cost_nanos: row.cost_nanos,
    charged_nanos: row.charged_nanos,
  }
  const { at, model, wire, user_id: userId, key_id: keyId, account_id: accountId } = row
  const call = { at, model, wire, userId, keyId, accountId }
  await addToRollups(
    kind,
    [{ ...call, counts: counterColumns.map((column) => times * (counts[column] ?? 0)) }],
    database,
  )
  return {}
}

function usedOf(found: Found, rows: readonly UsageRecord[], name: KeyName): number {
  const ofKey = rows.filter(({ key_id: keyId }) => keyId === found.keys.get(name)?.id)
  if (name === 'requests') return ofKey.length
  if (name.startsWith('cost')) return ofKey.reduce((sum, { charged_nanos: nanos }) => sum + nanos, 0)
  return ofKey.reduce((sum, { input_tokens: input, output_tokens: output, thinking_tokens: thinking }) => {
    return sum + input + output + thinking
  }, 0)
}

/** As if the limit had been another one all the time. */
function withMax({ keys }: Found, name: KeyName, max: number): Partial<Found> {
  const key = keys.get(name)
  if (key === undefined) throw new Error(`there is no key ${name}`)
  return { keys: new Map([...keys, [name, { ...key, max }]]) }
}

/** As if the upstream had served calls on the busy key at other times. */
function withBusy(
  { results, truth }: Found,
  change: (served: ServedCall, number: number) => ServedCall,
): Partial<Found> {
  const busy = results.filter(({ call }) => call.key === 'busy').map(({ call }) => call.id)
  const changed = busy.map((id, number) => [id, (truth.get(id) ?? []).map((served) => change(served, number))] as const)
  return { truth: new Map([...truth, ...changed.filter(([, served]) => served.length > 0)]) }
}
