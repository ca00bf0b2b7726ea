import { type Behaviour, fetchWhole, type FakeUpstream, type ServedCall, startFakeUpstream } from '@parley/testkit'
import type { JsonObject, Usage } from '@parley/wires'
import type { Store } from '../../src/store/store.ts'
import { findDifferences } from './accountant-checks.ts'
import { type ClientResult, makeCall } from './accountant-client.ts'
import { createRandom, type KeyName, keyNames, models, planCalls, type PlannedCall } from './accountant-plan.ts'
import { findWrongSums } from './accountant-sums.ts'
import { toldLimit } from './told-limit.ts'

/** The servers under test, however they are started. */
export interface AccountantNodes {
  readonly urls: readonly string[]
  readonly store: Store
  /** Of an administrator, good on every node. */
  readonly token: string
  /** Undefined when nodes are not killed. */
  readonly killAndRestart: ((node: number) => Promise<void>) | undefined
  /** Brings what a server has on its lines into the tables; absent where the tables have it all. */
  readonly flush?: () => Promise<void>
}

export interface AccountantOptions {
  readonly calls: number
  readonly seed: number
  readonly kills: number
  readonly atOnce?: number
  readonly tell?: (text: string) => void
}

export interface AccountantReport {
  readonly calls: number
  readonly rows: number
  readonly endReasons: { readonly [reason: string]: number }
  readonly statuses: { readonly [status: string]: number }
  readonly differences: readonly string[]
}

interface Key {
  readonly id: string
  readonly secret: string
  readonly max: number
}

interface Kill {
  readonly node: number
  readonly at: number
}

const multiplier = 1_500_000
/**
 * A settlement gathers with others before it is written, which takes some milliseconds on an idle machine. What ended
 * less than this before the kill may have been on its way to the disk: then it is settled from its checkpoint.
 */
const unsettledMs = 1500
/** The node reads on for a client that has left: DRAIN_MS, and a moment. */
const drainingMs = 2500
const accountsPerKind = 8
const busyMax = 3

/**
 * The accountant's test: many calls of all kinds, well and badly ended, and then every row of the ledger, every sum and
 * every limit against what the fake upstream says it has served.
 */
export async function runAccountant(nodes: AccountantNodes, options: AccountantOptions): Promise<AccountantReport> {
  const { calls: count, seed, tell = () => {} } = options
  await using upstream = await startFakeUpstream({ seed })
  const calls = planCalls(count, seed)
  const truth = scriptUpstream(upstream, calls)
  const keys = await prepare(nodes, upstream.url, count)
  tell(`${count} calls, seed ${seed}, ${nodes.urls.length} node(s), ${options.kills} kill(s)`)
  const recovering = keepAccountsReady(nodes)
  const kills: Kill[] = []
  const results = await makeCalls(calls, { nodes, keys, kills, options })
  await recovering.stop()
  await upstream.idle()
  tell('waiting for the ledger to settle')
  await allSettled(nodes)

  const rows = await nodes.store.database.selectFrom('usage_record').selectAll().execute()
  const attempts = await nodes.store.database.selectFrom('failed_attempt').selectAll().execute()
  const failed = attempts.map(({ request_id: id, attempt, usage_json: json }) => ({
    id,
    attempt,
    usage: JSON.parse(json) as Usage,
  }))
  const versions = await nodes.store.database.selectFrom('price_version').selectAll().execute()
  const wasKilled = ({ node: where, startedAt, endedAt, ended }: ClientResult) => {
    const lastAt = endedAt + (ended === 'left' ? drainingMs : unsettledMs)
    return kills.some(({ node, at }) => node === where && startedAt <= at && at <= lastAt)
  }
  const byId = new Map(rows.map((row) => [row.id, row]))
  const differences = [
    ...findDifferences({
      results,
      truth,
      rows: byId,
      failed: Map.groupBy(failed, ({ id }) => id),
      prices: new Map(versions.map(({ id, price_json: json }) => [id, JSON.parse(json) as { [kind: string]: number }])),
      wasKilled,
      multiplier,
    }),
    ...findUnplanned(rows, calls),
    ...(await findWrongSums(nodes.store)),
    ...findPassedLimits({ results, rows, keys, truth, wasKilled }),
  ]
  return {
    calls: count,
    rows: rows.length,
    endReasons: countBy(rows.map((row) => row.end_reason ?? 'open')),
    statuses: countBy(results.map(({ status }) => String(status))),
    differences,
  }
}

/** Each attempt behaves as its call was planned; gives what was served of each call, filled while calls are made. */
function scriptUpstream(upstream: FakeUpstream, calls: readonly PlannedCall[]): Map<string, ServedCall[]> {
  const truth = new Map<string, ServedCall[]>()
  const planned = new Map(calls.map((call) => [call.id, call]))
  upstream.always((call) => {
    const id = /call-\d{6}/.exec(call.prompt)?.[0] ?? ''
    const attempts = truth.get(id) ?? []
    truth.set(id, attempts)
    const served = upstream.served[call.received.number - 1]
    if (served !== undefined) attempts.push(served)
    return keptShort(planned.get(id)?.behaviours[attempts.length - 1] ?? {}, call.body)
  })
  return truth
}

/** A word is a token here. */
function keptShort(behaviour: Behaviour, body: JsonObject): Behaviour {
  const most = toldLimit(body) ?? Infinity
  return (behaviour.words ?? 0) <= most ? behaviour : { ...behaviour, words: most, finish: 'length' }
}

async function prepare(
  { urls, token, store }: AccountantNodes,
  upstreamUrl: string,
  count: number,
): Promise<Map<KeyName, Key>> {
  const api = createApi(urls[0] ?? '', token)
  for (const [kind, model] of Object.entries(models)) {
    for (let index = 0; index < accountsPerKind; index += 1) {
      const account = { name: `${kind} ${index}`, kind, base_url: upstreamUrl, api_key: 'sk', models: [model] }
      await api('POST', '/admin/accounts', account)
    }
  }
  const { id: owner } = await store.database.selectFrom('user').select('id').executeTakeFirstOrThrow()
  await store.database
    .updateTable('user')
    .set({ token_quota: 10 ** 12 })
    .execute()
  // Close to what the calls on each key come to, so that it is reached before the end.
  const limits: { readonly [name in KeyName]?: readonly [object, number] } = {
    requests: [{ what: 'requests', per: 'total' }, Math.ceil(count * 0.06)],
    busy: [{ what: 'concurrency' }, busyMax],
    tokens: [{ what: 'tokens', per: 'total' }, count * 8],
    cost: [{ what: 'cost', per: 'total' }, Math.ceil(count * 0.00005 * 1000) / 1000],
  }
  const keys = new Map<KeyName, Key>()
  for (const name of keyNames) {
    const [limit, max = 0] = limits[name] ?? []
    const fields = { name, user_id: name === 'owned' ? owner : null, limits: limit ? [{ ...limit, max }] : [] }
    const { id, key } = await api<{ id: string; key: string }>('POST', '/admin/api-keys', fields)
    keys.set(name, { id, secret: key, max })
    if (name === 'charged') {
      const subject = { subject_kind: 'key', subject_id: id, multiplier: multiplier / 1_000_000 }
      await api('PUT', '/admin/multipliers', subject)
    }
  }
  return keys
}

type Api = <T>(method: string, path: string, body?: object) => Promise<T>

function createApi(url: string, token: string): Api {
  return async <T>(method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}` }
    const reply = await fetchWhole(url + path, { method, headers, ...(body && { body }) })
    if (reply.status > 299) throw new Error(`${method} ${path}: ${reply.status} ${reply.text}`)
    return (reply.json as { data: T }).data
  }
}

/** Faults put accounts out of service; they are brought back at once, so that the calls go on. */
function keepAccountsReady({ urls, token }: AccountantNodes): { stop(): Promise<void> } {
  let isStopping = false
  async function run(): Promise<void> {
    while (!isStopping) {
      await Promise.all(urls.map((url) => resetAccounts(createApi(url, token))))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
  const running = run()
  return {
    async stop() {
      isStopping = true
      await running
    },
  }
}

async function resetAccounts(api: Api): Promise<void> {
  try {
    const accounts = await api<{ id: string; state: string }[]>('GET', '/admin/accounts')
    for (const { id, state } of accounts) if (state !== 'ready') await api('POST', `/admin/accounts/${id}/reset`)
  } catch (error) {
    // The node has just been killed; the others are there.
    if (!(error instanceof Error)) throw error
  }
}

interface MakeCallsOptions {
  readonly nodes: AccountantNodes
  readonly keys: ReadonlyMap<KeyName, Key>
  readonly kills: Kill[]
  readonly options: AccountantOptions
}

async function makeCalls(calls: readonly PlannedCall[], parts: MakeCallsOptions): Promise<ClientResult[]> {
  const { nodes, keys, kills, options } = parts
  const { seed, atOnce = 24, tell = () => {} } = options
  const random = createRandom(seed + 1)
  const killEvery = Math.ceil(calls.length / (options.kills + 1))
  const results: ClientResult[] = []
  const killing: Promise<void>[] = []
  const down = new Set<number>()
  let next = 0

  async function kill(node: number): Promise<void> {
    down.add(node)
    kills.push({ node, at: performance.now() })
    await nodes.killAndRestart?.(node)
    down.delete(node)
    tell(`node ${node} was killed and is back`)
  }
  async function work(): Promise<void> {
    for (;;) {
      const call = calls[next]
      if (call === undefined) return
      next += 1
      if (next % killEvery === 0 && kills.length < options.kills) killing.push(kill(kills.length % nodes.urls.length))
      const up = nodes.urls.flatMap((_, node) => (down.has(node) ? [] : [node]))
      const node = up[Math.floor(random() * up.length)] ?? 0
      const key = keys.get(call.key)?.secret ?? ''
      results.push(await makeCall(call, { url: nodes.urls[node] ?? '', node, key }))
      if (results.length % 1000 === 0) tell(`${results.length} calls made`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await Promise.all(killing)
  return results
}

/** A killed node's calls are settled by the others within half a minute; more than a minute is a difference. */
async function allSettled({ store: { database }, flush }: AccountantNodes): Promise<void> {
  const giveUpAt = performance.now() + 60_000
  while (performance.now() < giveUpAt) {
    await flush?.()
    const open = await database.selectFrom('usage_record').select('id').where('status', '=', 'open').limit(1).execute()
    if (open.length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function findUnplanned(rows: readonly { readonly id: string }[], calls: readonly PlannedCall[]): string[] {
  const planned = new Set(calls.map(({ id }) => id))
  return rows.flatMap(({ id }) => (planned.has(id) ? [] : [`${id}: nobody made this call`]))
}

interface LimitEvidence {
  readonly results: readonly ClientResult[]
  readonly rows: readonly {
    readonly key_id: string | null
    readonly charged_nanos: number
    readonly input_tokens: number
    readonly output_tokens: number
    readonly thinking_tokens: number
    readonly cache_read_tokens: number
  }[]
  readonly keys: ReadonlyMap<KeyName, Key>
  readonly truth: ReadonlyMap<string, readonly ServedCall[]>
  readonly wasKilled: (result: ClientResult) => boolean
}

function findPassedLimits({ results, rows, keys, truth, wasKilled }: LimitEvidence): string[] {
  const of = (name: KeyName) => ({
    key: keys.get(name),
    rows: rows.filter((row) => row.key_id === keys.get(name)?.id),
    results: results.filter(({ call }) => call.key === name),
  })
  const wrong: string[] = []
  const requests = of('requests')
  const max = requests.key?.max ?? 0
  const refused = requests.results.filter(({ status }) => status === 429).length
  // A call whose node died between taking its turn and writing its row has taken it for a while.
  const lost = requests.results.filter((result) => wasKilled(result) && !truth.has(result.call.id)).length
  if (requests.rows.length > max) wrong.push(`${requests.rows.length} calls within a limit of ${max} requests`)
  if (refused > 0 && requests.rows.length + lost < max) {
    wrong.push(`${refused} calls were refused with ${max - requests.rows.length} of ${max} requests left`)
  }
  const tokens = of('tokens')
  const usedTokens = tokens.rows.reduce(
    (sum, row) => sum + row.input_tokens + row.output_tokens + row.thinking_tokens + row.cache_read_tokens,
    0,
  )
  if (usedTokens > (tokens.key?.max ?? 0)) wrong.push(`${usedTokens} tokens within a limit of ${tokens.key?.max}`)
  const cost = of('cost')
  const usedNanos = cost.rows.reduce((sum, row) => sum + row.charged_nanos, 0)
  if (usedNanos > (cost.key?.max ?? 0) * 1e9) wrong.push(`$${usedNanos / 1e9} within a limit of $${cost.key?.max}`)
  const served = of('busy').results.flatMap(({ call }) => truth.get(call.id) ?? [])
  const most = mostAtOnce(served.filter(({ outcome }) => outcome === 'finished'))
  if (most > busyMax) wrong.push(`${most} calls at once within a limit of ${busyMax}`)
  return wrong
}

function mostAtOnce(served: readonly ServedCall[]): number {
  const turns = served.flatMap(({ receivedAt, endedAt }) => [
    { at: receivedAt, change: 1 },
    { at: endedAt ?? receivedAt, change: -1 },
  ])
  let open = 0
  let most = 0
  for (const { change } of turns.sort((left, right) => left.at - right.at || left.change - right.change)) {
    open += change
    most = Math.max(most, open)
  }
  return most
}

function countBy(values: readonly string[]): { [value: string]: number } {
  const counts: { [value: string]: number } = {}
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
