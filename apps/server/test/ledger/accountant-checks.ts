import type { ServedCall } from '@parley/testkit'
import { noUsage, type Usage, type UsageCounter } from '@parley/wires'
import type { UsageRecord } from '../../src/ledger/records.ts'
import { type ClientResult, readingOf } from './accountant-client.ts'
import { amountOf } from './accountant-plan.ts'

/** What the fake upstream knows of a call: its attempts, in order. */
export type Truth = readonly ServedCall[]

export interface Evidence {
  readonly results: readonly ClientResult[]
  readonly truth: ReadonlyMap<string, Truth>
  readonly rows: ReadonlyMap<string, UsageRecord>
  /** Of each call, what attempts used that failed before the last. */
  readonly failed: ReadonlyMap<string, readonly { readonly attempt: number; readonly usage: Usage }[]>
  /** Of each model, as they were set: nano-dollars for a million tokens of each kind. */
  readonly prices: ReadonlyMap<string, { readonly [kind in UsageCounter]: number }>
  /** Of each model, what tiers of service cost as multiples of the prices for tokens; others cost nothing more or less. */
  readonly tierFactors: { readonly [model: string]: { readonly [tier: string]: number } }
  /** The node was killed while the call was under way, or in the moment after. */
  readonly wasKilled: (result: ClientResult) => boolean
  /** Of the key named `charged`. */
  readonly multiplier: number
}

/** Everything that does not agree, a sentence each. */
export function findDifferences(evidence: Evidence): string[] {
  return evidence.results.flatMap((result) => {
    const { id } = result.call
    const row = evidence.rows.get(id)
    const served = evidence.truth.get(id) ?? []
    const found = row === undefined ? withoutRow(result, served, evidence) : withRow(result, row, served, evidence)
    return found.map((text) => `${id} (${result.call.wire} → ${result.call.model}, ${row?.end_reason}): ${text}`)
  })
}

function withoutRow(result: ClientResult, served: Truth, { wasKilled }: Evidence): string[] {
  if (served.length > 0) return ['the upstream was asked, and the ledger does not know']
  const isLimited = ['requests', 'busy'].includes(result.call.key) || amountOf(result.call.key) !== undefined
  const isRefused = result.status === 429 && isLimited
  if (isRefused || result.ended === 'left' || wasKilled(result)) return []
  return [`it was answered with ${result.status}, and the ledger does not know`]
}

function withRow(result: ClientResult, row: UsageRecord, served: Truth, evidence: Evidence): string[] {
  if (row.status !== 'settled') return [`it is still open: ${describeOpen(result, row, served)}`]
  return [
    ...wrongMoney(result, row, evidence),
    ...wrongTokens(result, row, served, evidence),
    ...wrongFailedAttempts(row, served, evidence),
    ...tooManyTokens(row, served),
  ]
}

/** Characters. */
const longestEvent = 64

/** The ledger has heard no more than was said, whoever said it. */
function tooManyTokens(row: UsageRecord, served: Truth): string[] {
  const most = (count: (call: ServedCall) => number) => Math.max(0, ...served.map(count))
  const sent = most(({ contentCharacters }) => contentCharacters)
  const said = most(({ usage }) => usage.output + usage.thinking + usage.audioOutput)
  const spoken = row.output_tokens + row.thinking_tokens + row.audio_output_tokens
  const wrong: string[] = []
  // An event that was cut counts for the upstream only when it is whole.
  if (row.content_length > sent + longestEvent)
    wrong.push(`of ${sent} characters that were sent the ledger saw ${row.content_length}`)
  if (row.usage_source === 'upstream' && spoken > said)
    wrong.push(`the upstream counted ${said} tokens of replies, the ledger ${spoken}`)
  return wrong
}

/** What an upstream said of an attempt that failed before another one served the call. */
function wrongFailedAttempts(row: UsageRecord, served: Truth, { failed }: Evidence): string[] {
  const noted = new Map(failed.get(row.id)?.map(({ attempt, usage }) => [attempt, usage]))
  const earlier = row.end_reason === 'interrupted' ? [] : served.slice(0, Math.max(0, row.attempts - 1))
  const wrong = [...noted.keys()].flatMap((attempt) =>
    attempt >= 1 && attempt <= row.attempts ? [] : [`the ledger has an attempt ${attempt} of ${row.attempts}`],
  )
  for (const [index, { said, outcome }] of earlier.entries()) {
    const found = { ...noUsage, ...noted.get(index + 1) }
    const truth = { ...noUsage, ...said?.usage }
    const isHeard = outcome === 'error' || outcome === 'ended-early'
    // What came after a line was cut, or after something that cannot be read, was not listened to.
    const isRight = (kind: UsageCounter) => (isHeard ? found[kind] === truth[kind] : found[kind] <= truth[kind])
    if (Object.keys(kinds).every((kind) => isRight(kind as UsageCounter))) continue
    wrong.push(
      `the upstream said ${JSON.stringify(truth)} in attempt ${index + 1}, the ledger ${JSON.stringify(found)} (${outcome})`,
    )
  }
  return wrong
}

/** All that may tell why a call never ended. */
function describeOpen({ call, node, status, ended, body }: ClientResult, row: UsageRecord, served: Truth): string {
  const { key, isStream, leavesAt, behaviours } = call
  const attempts = served.map(({ outcome, events, usageSaid }) => ({ outcome, events, usageSaid }))
  const client = { node, status, ended, bytes: body.length }
  const noted = { node: row.node_id, at: row.at, account: row.account_id, length: row.content_length }
  return JSON.stringify({ key, isStream, leavesAt, behaviours, attempts, client, noted })
}

const tokenKinds = {
  input: 'input_tokens',
  output: 'output_tokens',
  cacheRead: 'cache_read_tokens',
  cacheWrite5m: 'cache_write_5m_tokens',
  cacheWrite1h: 'cache_write_1h_tokens',
  thinking: 'thinking_tokens',
  audioInput: 'audio_input_tokens',
  audioOutput: 'audio_output_tokens',
} as const
const kinds = {
  ...tokenKinds,
  webSearches: 'web_searches',
  fileSearches: 'file_searches',
} as const satisfies { [kind in UsageCounter]: keyof UsageRecord }

/** Written anew here, and with whole numbers only: the ledger must not be judged by its own arithmetic. */
function wrongMoney({ call }: ClientResult, row: UsageRecord, evidence: Evidence): string[] {
  const { prices, tierFactors, multiplier } = evidence
  const price = row.price_id === null ? undefined : prices.get(call.model)
  const factor = tierFactors[call.model]?.[row.service_tier ?? ''] ?? 1
  let millionths = 0n
  for (const [kind, column] of Object.entries(kinds)) {
    const nanos = price?.[kind as UsageCounter] ?? 0
    millionths += BigInt(row[column]) * BigInt(kind in tokenKinds ? Math.round(nanos * factor) : nanos)
  }
  const cost = Number((millionths + 500_000n) / 1_000_000n)
  const charged = call.key === 'charged' ? Number((BigInt(cost) * BigInt(multiplier) + 500_000n) / 1_000_000n) : cost
  const wrong: string[] = []
  if (cost !== row.cost_nanos) wrong.push(`it costs ${cost}, the ledger says ${row.cost_nanos}`)
  if (charged !== row.charged_nanos) wrong.push(`it is charged ${charged}, the ledger says ${row.charged_nanos}`)
  if (row.account_id !== null && row.price_id === null) wrong.push('it has no price')
  return wrong
}

function wrongTokens(result: ClientResult, row: UsageRecord, served: Truth, evidence: Evidence): string[] {
  const { wasKilled } = evidence
  const last = served.at(-1)
  const isKilled = wasKilled(result)
  const tokens = Object.values(tokenKinds).reduce((sum, column) => sum + row[column], 0)
  if (row.end_reason === 'interrupted') {
    if (!isKilled) return ['its node was never killed']
    return tokens > 0 ? [] : ['it was interrupted and counts nothing']
  }
  const wrong: string[] = []
  const client = readingOf(result)
  const isWhole = row.end_reason === 'done' && last?.usageSaid === 'whole'
  // A reply that was read to its end, by the client or after it had left, has the upstream's own count.
  const isReadOn = row.end_reason === 'client_gone' && row.usage_source === 'upstream' && last?.outcome === 'finished'
  if ((isWhole || isReadOn) && last?.said !== undefined && last.usageSaid === 'whole')
    wrong.push(...unequal(row, last.said.usage, beyondLimit(result, row, evidence)))
  if (isWhole && row.usage_source !== 'upstream')
    wrong.push(`the upstream said it all, the ledger says ${row.usage_source}`)
  const spoken = row.output_tokens + row.thinking_tokens + row.audio_output_tokens
  const isSaid = row.usage_source === 'upstream' && last?.usageSaid === 'whole'
  if (!isSaid && spoken < Math.floor(client.contentLength / 3.5)) {
    wrong.push(`the client got ${client.contentLength} characters, the ledger has ${spoken} tokens`)
  }
  if (client.contentLength > row.content_length) {
    wrong.push(`the client got ${client.contentLength} characters, the ledger saw ${row.content_length}`)
  }
  const isHeard = client.contentLength > 0 || row.end_reason === 'client_gone'
  if (isHeard && last !== undefined && last.status === 200 && tokens === 0)
    wrong.push('it was heard and counts nothing')
  if (row.usage_source === 'estimate' && tokens > 0 && tokens === spoken) wrong.push('its request counts nothing')
  if (client.isFinished && result.ended === 'whole' && !['done', 'limit_reached'].includes(row.end_reason ?? '')) {
    wrong.push('the client was told that the reply is whole')
  }
  // Who leaves at once may leave before the upstream has been reached.
  if (row.attempts !== served.length && !isKilled && result.ended !== 'left') {
    wrong.push(`the upstream was asked ${served.length} times, the ledger says ${row.attempts}`)
  }
  return wrong
}

/** What the last attempt used beyond what a limit had left: only where there is such a limit. */
function beyondLimit({ call }: ClientResult, row: UsageRecord, { failed }: Evidence): Usage {
  const beyond = failed.get(row.id)?.find(({ attempt }) => attempt === row.attempts)?.usage
  return { ...noUsage, ...(amountOf(call.key) === undefined ? undefined : beyond) }
}

function unequal(row: UsageRecord, usage: Usage, beyond: Usage): string[] {
  const wrongTier =
    usage.serviceTier === row.service_tier
      ? []
      : [`the upstream served it at the tier ${usage.serviceTier}, the ledger says ${row.service_tier}`]
  const wrongCounts = Object.entries(kinds).flatMap(([name, column]) => {
    const kind = name as UsageCounter
    if (usage[kind] === row[column] + beyond[kind]) return []
    return [
      `the upstream counted ${usage[kind]} of ${kind}, the ledger ${row[column]} and ${beyond[kind]} beyond a limit`,
    ]
  })
  return [...wrongTier, ...wrongCounts]
}
