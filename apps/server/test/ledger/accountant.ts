import { type Behaviour, fetchWhole, type FakeUpstream, type ServedCall, startFakeUpstream } from '@parley/testkit'
import type { JsonObject, Usage, UsageCounter } from '@parley/wires'
import type { Store } from '../../src/store/store.ts'
import { findDifferences } from './accountant-checks.ts'
import { type ClientResult, makeCall } from './accountant-client.ts'
import { busyMax, findWrongAlerts, findWrongLimits, type LimitedKey } from './accountant-limits.ts'
import {
  amountKeys,
  amountOf,
  createRandom,
  type KeyName,
  keyNames,
  models,
  planCalls,
  type PlannedCall,
  planProbe,
} from './accountant-plan.ts'
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
  /** What ended longer than this before its node was killed is in the ledger as it was. */
  readonly unsettledMs: number
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

interface Kill {
  readonly node: number
  readonly at: number
}

const multiplier = 1_500_000
/** Fewer calls need not come to their limits. */
const smallRun = 2_000
/** The node reads on for a client that has left: DRAIN_MS, and a moment. */
const drainingMs = 2500
const accountsPerKind = 8
/** US dollars for a million tokens, other ones for each kind. */
const prices = {
  [models.anthropic]: { input: 3, output: 15, cacheRead: 0.3, cacheWrite5m: 3.75, cacheWrite1h: 6, thinking: 16 },
  [models.openai]: { input: 1.25, output: 10, cacheRead: 0.125, cacheWrite5m: 1.3, cacheWrite1h: 1.4, thinking: 11 },
  [models.gemini]: { input: 1.7, output: 9, cacheRead: 0.31, cacheWrite5m: 1.8, cacheWrite1h: 1.9, thinking: 12 },
}
/** US dollars for a thousand. */
const searchPrices = { webSearches: 0.37, fileSearches: 0.11 }
/** As multiples: an administrator's own, and what the server knows of these models. */
const ownTiers = { flex: 0.55, fast: 3.3 }
const tierFactors = {
  [models.anthropic]: { batch: 0.5, priority: 1 },
  [models.openai]: { ...ownTiers, priority: 2 },
  [models.gemini]: { flex: 0.5 },
}
/** How long is waited before something counts as a difference. */
interface Patience {
  readonly settledMs: number
  readonly alertsMs: number
  /** What calls held that died before they were written is free again. */
  readonly holdsMs: number
}

/** A killed node's calls are settled by the others within half a minute; more than a minute is a difference. */
const afterKills: Patience = { settledMs: 60_000, alertsMs: 45_000, holdsMs: 130_000 }
const withoutKills: Patience = { settledMs: 15_000, alertsMs: 15_000, holdsMs: 15_000 }

/**
 * The accountant's test: many calls of all kinds, well and badly ended, and then every row of the ledger, every sum and
 * every limit against what the fake upstream says it has served.
 */
export async function runAccountant(nodes: AccountantNodes, options: AccountantOptions): Promise<AccountantReport> {
  return await judge(nodes.store, await makeAll(nodes, options))
}

/** Makes the calls, and waits until the ledger has had its time. */
export async function makeAll(nodes: AccountantNodes, options: AccountantOptions): Promise<Found> {
  const { calls: count, seed, tell = () => {} } = options
  await using upstream = await startFakeUpstream({ seed })
  const calls = planCalls(count, seed)
  const truth = scriptUpstream(upstream, calls)
  const keys = await prepare(nodes, upstream.url, count)
  tell(`${count} calls, seed ${seed}, ${nodes.urls.length} node(s), ${options.kills} kill(s)`)
  const recovering = keepAccountsReady(nodes)
  const kills: Kill[] = []
  const results = await makeCalls(calls, { nodes, keys, kills, options })
  tell('waiting for the ledger to settle')
  const patience = options.kills === 0 ? withoutKills : afterKills
  await allSettled(nodes, { upstream, truth, patience })
  results.push(...(await probe(nodes, { calls, keys, patience })))
  await recovering.stop()
  await allSettled(nodes, { upstream, truth, patience })
  const wasKilled = ({ node: where, startedAt, endedAt, ended }: ClientResult) => {
    const lastAt = endedAt + (ended === 'left' ? drainingMs : nodes.unsettledMs)
    return kills.some(({ node, at }) => node === where && startedAt <= at && at <= lastAt)
  }
  const found = { calls, keys, truth, results, wasKilled }
  await alertsTold(nodes.store, found, patience)
  return found
}

/** All that is compared with the ledger. */
export interface Found {
  readonly calls: readonly PlannedCall[]
  readonly keys: ReadonlyMap<KeyName, LimitedKey>
  readonly truth: ReadonlyMap<string, readonly ServedCall[]>
  readonly results: readonly ClientResult[]
  readonly wasKilled: (result: ClientResult) => boolean
}

/** The ledger against what was found; every difference is a sentence. */
export async function judge(store: Store, found: Found): Promise<AccountantReport> {
  const { calls, truth, results, wasKilled } = found
  const { database } = store
  const rows = await database.selectFrom('usage_record').selectAll().execute()
  const attempts = await database.selectFrom('failed_attempt').selectAll().execute()
  const failed = attempts.map(({ request_id: id, attempt, usage_json: json }) => ({
    id,
    attempt,
    usage: JSON.parse(json) as Usage,
  }))
  const alerts = await database.selectFrom('alert').selectAll().execute()
  const limits = { ...found, rows, alerts, isSmall: calls.length < smallRun }
  const differences = [
    ...findDifferences({
      results,
      truth,
      rows: new Map(rows.map((row) => [row.id, row])),
      failed: Map.groupBy(failed, ({ id }) => id),
      prices: new Map(Object.entries(prices).map(([model, price]) => [model, nanosOf(price)])),
      tierFactors,
      wasKilled,
      multiplier,
    }),
    ...findUnplanned(rows, calls),
    ...(await findWrongSums(store)),
    ...findWrongLimits(limits),
    ...findWrongAlerts(limits),
  ]
  return {
    calls: calls.length,
    rows: rows.length,
    endReasons: countBy(rows.map((row) => row.end_reason ?? 'open')),
    statuses: countBy(results.map(({ status }) => String(status))),
    differences,
  }
}

/** Alerts that a killed node owed are given by another one, within the time that it takes for a dead one. */
async function alertsTold({ database }: Store, found: Found, { alertsMs }: Patience): Promise<void> {
  const giveUpAt = performance.now() + alertsMs
  while (performance.now() < giveUpAt) {
    const rows = await database.selectFrom('usage_record').selectAll().execute()
    const alerts = await database.selectFrom('alert').selectAll().execute()
    if (findWrongAlerts({ ...found, rows, alerts, isSmall: false }).length === 0) return
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

function nanosOf(price: (typeof prices)[keyof typeof prices]): { [kind in UsageCounter]: number } {
  const { webSearches, fileSearches } = searchPrices
  const perMillion = { ...price, webSearches: webSearches * 1000, fileSearches: fileSearches * 1000 }
  const inNanos = Object.entries({ ...perMillion, audioInput: 0, audioOutput: 0 }).map(([kind, dollars]) => [
    kind,
    Math.round(dollars * 1e9),
  ])
  return Object.fromEntries(inNanos) as { [kind in UsageCounter]: number }
}

interface Probing {
  readonly calls: PlannedCall[]
  readonly keys: ReadonlyMap<KeyName, LimitedKey>
  readonly patience: Patience
}

/** Small calls on what is left of the limits, until one is refused; `calls` get them as well. */
async function probe({ urls }: AccountantNodes, { calls, keys, patience }: Probing): Promise<ClientResult[]> {
  const results: ClientResult[] = []
  const giveUpAt = performance.now() + patience.holdsMs
  for (const name of [...amountKeys.tokens, ...amountKeys.cost]) {
    for (;;) {
      const call = planProbe(calls.length, name)
      calls.push(call)
      const result = await makeCall(call, { url: urls[0] ?? '', node: 0, key: keys.get(name)?.secret ?? '' })
      results.push(result)
      if (performance.now() > giveUpAt) break
      if (result.status !== 429) continue
      if (!result.mayComeAgain) break
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
  return results
}

/** Each attempt behaves as its call was planned; gives what was served of each call, filled while calls are made. */
function scriptUpstream(upstream: FakeUpstream, calls: readonly PlannedCall[]): Map<string, ServedCall[]> {
  const truth = new Map<string, ServedCall[]>()
  const planned = (id: string) => calls[Number(id.slice('call-'.length))]
  upstream.always((call) => {
    const id = /call-\d{6}/.exec(call.prompt)?.[0] ?? ''
    const attempts = truth.get(id) ?? []
    truth.set(id, attempts)
    const served = upstream.served[call.received.number - 1]
    if (served !== undefined) attempts.push(served)
    const { behaviours = [], number = 0 } = planned(id) ?? {}
    const behaviour = behaviours[attempts.length - 1] ?? {}
    // Some upstreams do not care how long they were told that a reply may be.
    return number % 3 === 0 ? behaviour : keptShort(behaviour, call.body)
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
): Promise<Map<KeyName, LimitedKey>> {
  const api = createApi(urls[0] ?? '', token)
  for (const [kind, model] of Object.entries(models)) {
    for (let index = 0; index < accountsPerKind; index += 1) {
      const account = { name: `${kind} ${index}`, kind, base_url: upstreamUrl, api_key: 'sk', models: [model] }
      const wires = kind === 'openai' && index % 2 === 1 ? { wires: ['openai-responses'] } : {}
      await api('POST', '/admin/accounts', { ...account, ...wires })
    }
  }
  await setPrices(api)
  const { id: owner } = await store.database.selectFrom('user').select('id').executeTakeFirstOrThrow()
  await store.database
    .updateTable('user')
    .set({ token_quota: 10 ** 12 })
    .execute()
  // Close to what the calls on each key come to, so that it is reached before the end.
  const share = count / amountKeys.tokens.length
  const limits = {
    requests: [{ what: 'requests', per: 'total' }, Math.ceil(count * 0.06)],
    busy: [{ what: 'concurrency' }, busyMax],
    tokens: [{ what: 'tokens', per: 'total' }, Math.ceil(share * 8)],
    cost: [{ what: 'cost', per: 'total' }, Math.ceil(share * 0.00005 * 1000) / 1000],
  } as const
  const keys = new Map<KeyName, LimitedKey>()
  for (const name of keyNames) {
    const limited = amountOf(name) ?? (name === 'requests' || name === 'busy' ? name : undefined)
    const [limit, max = 0] = limited === undefined ? [] : limits[limited]
    const fields = { name, user_id: name === 'owned' ? owner : null, limits: limit ? [{ ...limit, max }] : [] }
    const { id, key } = await api<{ id: string; key: string }>('POST', '/admin/api-keys', fields)
    keys.set(name, { id, secret: key, max: limited === 'cost' ? Math.round(max * 1e9) : max })
    if (name === 'charged') {
      const subject = { subject_kind: 'key', subject_id: id, multiplier: multiplier / 1_000_000 }
      await api('PUT', '/admin/multipliers', subject)
    }
  }
  return keys
}

async function setPrices(api: Api): Promise<void> {
  for (const [id, { cacheRead, cacheWrite5m, cacheWrite1h, ...price }] of Object.entries(prices)) {
    const cached = { cache_read: cacheRead, cache_write_5m: cacheWrite5m, cache_write_1h: cacheWrite1h }
    const searches = { web_search: searchPrices.webSearches, file_search: searchPrices.fileSearches }
    const tiers = id === models.openai ? { service_tiers: ownTiers } : {}
    const set = { ...price, ...cached, ...searches, ...tiers, audio_input: 0, audio_output: 0 }
    await api('POST', '/admin/models', { id, name: id, provider: 'test', prices: set })
  }
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
  readonly keys: ReadonlyMap<KeyName, LimitedKey>
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
      if (down.size === nodes.urls.length) await Promise.all(killing)
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

interface Served {
  readonly upstream: FakeUpstream
  readonly truth: ReadonlyMap<string, readonly ServedCall[]>
  readonly patience: Patience
}

async function allSettled(
  { store: { database } }: AccountantNodes,
  { upstream, truth, patience }: Served,
): Promise<void> {
  await upstream.idle()
  const giveUpAt = performance.now() + patience.settledMs
  while (performance.now() < giveUpAt) {
    const rows = await database.selectFrom('usage_record').select(['id', 'status']).execute()
    const settled = new Set(rows.flatMap(({ id, status }) => (status === 'settled' ? [id] : [])))
    if (settled.size === rows.length && [...truth.keys()].every((id) => settled.has(id))) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function findUnplanned(rows: readonly { readonly id: string }[], calls: readonly PlannedCall[]): string[] {
  const planned = new Set(calls.map(({ id }) => id))
  return rows.flatMap(({ id }) => (planned.has(id) ? [] : [`${id}: nobody made this call`]))
}

function countBy(values: readonly string[]): { [value: string]: number } {
  const counts: { [value: string]: number } = {}
  for (const value of values.toSorted()) counts[value] = (counts[value] ?? 0) + 1
  return counts
}
