import type { ServedCall } from '@parley/testkit'
import type { UsageRecord } from '../../src/ledger/records.ts'
import type { ClientResult } from './accountant-client.ts'
import { amountKeys, type AmountName, type KeyName } from './accountant-plan.ts'

export interface LimitedKey {
  readonly id: string
  readonly secret: string
  /** Of its limit, in the limit's own unit: nano-dollars for `cost`. 0: it has none. */
  readonly max: number
}

export const busyMax = 3

export interface LimitEvidence {
  readonly results: readonly ClientResult[]
  readonly rows: readonly UsageRecord[]
  readonly keys: ReadonlyMap<KeyName, LimitedKey>
  readonly truth: ReadonlyMap<string, readonly ServedCall[]>
  readonly wasKilled: (result: ClientResult) => boolean
  readonly alerts: readonly {
    readonly subject_id: string
    readonly what: string
    readonly percent: number
    readonly used: number
  }[]
  /** So few calls need not come to any limit. */
  readonly isSmall: boolean
}

/** What a probe may need, that it is let in: a generous measure of its request, and of the shortest reply. */
const probeTokens = 160
/** So many of the dearest model's dearest tokens. */
const probeNanos = probeTokens * 40_000

const amounts: readonly Amount[] = [
  ...amountKeys.tokens.map((key) => ({ key, what: 'tokens', used: tokensOf, least: probeTokens }) as const),
  ...amountKeys.cost.map((key) => ({ key, what: 'cost', used: chargedOf, least: probeNanos }) as const),
]

/** Limits that were passed, or that refused what would have fitted. */
export function findWrongLimits(evidence: LimitEvidence): string[] {
  return [
    ...wrongRequests(evidence),
    ...wrongBusy(evidence),
    ...amounts.flatMap((amount) => wrongAmount(evidence, amount)),
    ...endedNone(evidence),
  ]
}

/** Limits that said nothing when they came near, or too much. */
export function findWrongAlerts(evidence: LimitEvidence): string[] {
  return [
    ...wrongAlerts(evidence, { key: 'requests', what: 'requests', used: () => 1 }),
    ...amounts.flatMap((amount) => wrongAlerts(evidence, amount)),
  ]
}

function of({ keys, rows, results }: LimitEvidence, name: KeyName) {
  const { id = '', max = 0 } = keys.get(name) ?? {}
  return {
    id,
    max,
    rows: rows.filter((row) => row.key_id === id),
    results: results.filter(({ call }) => call.key === name),
  }
}

function wrongRequests(evidence: LimitEvidence): string[] {
  const { max, rows, results } = of(evidence, 'requests')
  const refused = results.filter(({ status }) => status === 429).length
  // A call whose node died between taking its turn and writing its row has taken it for a while.
  const lost = results.filter((result) => evidence.wasKilled(result) && !evidence.truth.has(result.call.id)).length
  const wrong: string[] = []
  if (rows.length > max) wrong.push(`${rows.length} calls within a limit of ${max} requests`)
  if (refused > 0 && rows.length + lost < max)
    wrong.push(`${refused} calls were refused with ${max - rows.length} of ${max} requests left`)
  if (refused === 0 && !evidence.isSmall) wrong.push('the limit of requests was never reached: this says nothing')
  return wrong
}

function wrongBusy(evidence: LimitEvidence): string[] {
  const { results } = of(evidence, 'busy')
  const served = results.flatMap(({ call }) => evidence.truth.get(call.id) ?? [])
  const most = mostAtOnce(served.filter(({ outcome }) => outcome === 'finished'))
  if (most > busyMax) return [`${most} calls at once within a limit of ${busyMax}`]
  const isReached = results.some(({ status }) => status === 429)
  // Somebody was refused, so there were as many as may be; what the upstream sees of them begins later and ends earlier.
  if (isReached && most < 2) return [`calls were refused with no more than ${most} at once`]
  return isReached || evidence.isSmall ? [] : ['there were never too many calls at once: this says nothing']
}

interface Amount {
  readonly key: KeyName
  readonly what: AmountName
  readonly used: (row: UsageRecord) => number
  /** When no more than this is left a call may be refused. */
  readonly least: number
}

function wrongAmount(evidence: LimitEvidence, { key, what, used, least }: Amount): string[] {
  const { max, rows, results } = of(evidence, key)
  const sum = rows.reduce((total, row) => total + used(row), 0)
  const wrong: string[] = []
  if (sum > max) wrong.push(`${sum} of ${what} within a limit of ${max}`)
  // The last calls came one after another, until one was refused.
  const last = results.at(-1)
  if (last?.status !== 429) wrong.push(`the limit of ${what} was never reached: this says nothing`)
  else if (max - sum > least) wrong.push(`a call was refused with ${max - sum} of ${what} left: ${String(last.body)}`)
  return wrong
}

function endedNone(evidence: LimitEvidence): string[] {
  if (evidence.isSmall) return []
  return Object.entries(amountKeys).flatMap(([what, keys]) => {
    const rows = keys.flatMap((key) => of(evidence, key).rows)
    const isEnded = rows.some((row) => row.end_reason === 'limit_reached')
    return isEnded ? [] : [`no reply was ended by a limit of ${what}: this says nothing`]
  })
}

type Told = Pick<Amount, 'key' | 'used'> & { readonly what: AmountName | 'requests' }

/** Once each, at 50, 80 and 100 percent, and not before. */
function wrongAlerts(evidence: LimitEvidence, { key, what, used }: Told): string[] {
  const { id, max, rows } = of(evidence, key)
  const sum = rows.reduce((total, row) => total + used(row), 0)
  const ofKey = evidence.alerts.filter((alert) => alert.subject_id === id && alert.what === what)
  return [50, 80, 100].flatMap((percent) => {
    const told = ofKey.filter((alert) => alert.percent === percent)
    const due = sum * 100 >= max * percent ? 1 : 0
    if (told.length !== due) return [`${percent} % of the limit of ${what} were told ${told.length} times, not ${due}`]
    return told.every((alert) => alert.used * 100 >= max * percent)
      ? []
      : [`${percent} % of ${what} were told too early`]
  })
}

function chargedOf({ charged_nanos: nanos }: UsageRecord): number {
  return nanos
}

function tokensOf(row: UsageRecord): number {
  const { input_tokens: input, output_tokens: output, thinking_tokens: thinking } = row
  const cached = row.cache_read_tokens + row.cache_write_5m_tokens + row.cache_write_1h_tokens
  return input + output + thinking + cached + row.audio_input_tokens + row.audio_output_tokens
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
