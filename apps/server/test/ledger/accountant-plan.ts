import type { Behaviour } from '@parley/testkit'
import type { WireName } from '@parley/wires'

/** A call that the accountant makes, drawn from a seed: the same seed gives the same calls. */
export interface PlannedCall {
  readonly number: number
  /** The request id, and a mark in the prompt that the upstream knows it by. */
  readonly id: string
  readonly key: KeyName
  readonly wire: WireName
  readonly model: Model
  readonly isStream: boolean
  /** The client leaves after so many bytes of the body; -1: before the headers; undefined: it stays. */
  readonly leavesAt: number | undefined
  /** What the upstream does at each attempt. */
  readonly behaviours: readonly Behaviour[]
}

export const models = { anthropic: 'claude-sonnet-4-5', openai: 'gpt-5', gemini: 'gemini-2.5-pro' } as const
export type Model = (typeof models)[keyof typeof models]
export const wireNames: readonly WireName[] = ['anthropic', 'openai-chat', 'openai-responses', 'gemini']

/** Several that have little, so that a limit is reached many times in a run. */
export const amountKeys = {
  tokens: ['tokens', 'tokens2', 'tokens3', 'tokens4'],
  cost: ['cost', 'cost2', 'cost3', 'cost4'],
} as const
export const keyNames = [
  'plain',
  'owned',
  'charged',
  'requests',
  'busy',
  ...amountKeys.tokens,
  ...amountKeys.cost,
] as const
export type KeyName = (typeof keyNames)[number]
export type AmountName = keyof typeof amountKeys

/** What is limited on a key that may use an amount; undefined: it has no such limit. */
export function amountOf(key: KeyName): AmountName | undefined {
  if (key.startsWith('tokens')) return 'tokens'
  return key.startsWith('cost') ? 'cost' : undefined
}

export type Random = () => number

/** Mulberry32: from 0 to 1. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function planCalls(count: number, seed: number): PlannedCall[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, number) => planCall(number, random))
}

/** Small calls, one after another, that find out whether a limit lets in all that fits. */
export function planProbe(number: number, key: KeyName): PlannedCall {
  const probe = { number, id: idOf(number), key, wire: 'anthropic', model: models.anthropic } as const
  return { ...probe, isStream: true, leavesAt: undefined, behaviours: [{ words: 3 }] }
}

export const idOf = (number: number) => `call-${String(number).padStart(6, '0')}`

function planCall(number: number, random: Random): PlannedCall {
  const key = pick(keyShares, random)
  // Those that are cut short tell nothing of how many calls, tokens or dollars a limit lets through.
  const isMeasured = key === 'busy' || amountOf(key) !== undefined
  const isStream = random() < 0.6
  const leaves = !isMeasured && random() < 0.15
  return {
    number,
    id: idOf(number),
    key,
    wire: wireNames[Math.floor(random() * wireNames.length)] ?? 'anthropic',
    model: Object.values(models)[Math.floor(random() * 3)] ?? models.anthropic,
    isStream,
    leavesAt: leaves ? (random() < 0.15 ? -1 : Math.floor(random() ** 2 * 6000)) : undefined,
    behaviours: isMeasured ? measuredBehaviours(key, random) : planBehaviours(random),
  }
}

const keyShares: readonly (readonly [KeyName, number])[] = [
  ['plain', 0.4],
  ['owned', 0.15],
  ['charged', 0.15],
  ['requests', 0.1],
  ['busy', 0.08],
  ...amountKeys.tokens.map((key) => [key, 0.015] as const),
  ...amountKeys.cost.map((key) => [key, 0.015] as const),
]

function pick<T>(shares: readonly (readonly [T, number])[], random: Random): T {
  let left = random()
  for (const [value, share] of shares) {
    left -= share
    if (left < 0) return value
  }
  const last = shares.at(-1)
  if (last === undefined) throw new Error('nothing to pick')
  return last[0]
}

/** Replies of all sizes: word by word, as models speak, or all at once; some think more than they say. */
function measuredBehaviours(key: KeyName, random: Random): Behaviour[] {
  if (key === 'busy') return [{ words: 5, firstEventAfterMs: Math.floor(5 + random() * 30) }]
  const words = Math.floor(20 + random() * 200)
  const thinking = Math.floor(random() * 400)
  const reply: Behaviour = {
    words,
    ...(random() < 0.6 && { eventEveryMs: 1 }),
    ...(random() < 0.2 && { thinking: true, usage: { output: words, thinking } }),
    ...(random() < 0.1 && { usage: { webSearches: 1 + Math.floor(random() * 4), serviceTier: 'fast' } }),
  }
  return random() < 0.1 ? [{ error: 500 }, reply] : [reply]
}

/** Up to three attempts; one that goes well ends them. */
function planBehaviours(random: Random): Behaviour[] {
  const behaviours: Behaviour[] = []
  while (behaviours.length < 3) {
    const fault = random() < 0.2
    behaviours.push(fault ? planFault(random) : planSuccess(random))
    if (!fault) break
  }
  return behaviours
}

const tiers = ['flex', 'priority', 'fast', 'batch']

function planSuccess(random: Random): Behaviour {
  const whole = (max: number) => Math.floor(random() * max)
  const words = 1 + whole(60)
  return {
    words,
    ...(random() < 0.3 && { thinking: true }),
    ...(random() < 0.2 && { tools: 1 + whole(2) }),
    ...(random() < 0.3 && { split: 1 + whole(300) }),
    ...(random() < 0.2 && { eventEveryMs: 1 }),
    usage: {
      ...(random() < 0.5 && { input: whole(20_000), output: words + whole(3000), cacheRead: whole(100_000) }),
      ...(random() < 0.2 && { webSearches: 1 + whole(3), fileSearches: whole(3) }),
      ...(random() < 0.2 && { serviceTier: tiers[whole(tiers.length)] ?? null }),
    },
    ...(random() < 0.1 && { sayUsage: 'none' as const }),
  }
}

function planFault(random: Random): Behaviour {
  const afterEvents = 1 + Math.floor(random() * 12)
  const faults: readonly Behaviour[] = [
    { error: 500 },
    { error: 529 },
    { error: 429, headers: { 'retry-after': '0' } },
    { error: 400 },
    { reset: true },
    { error: { status: 502, body: 'html' } },
    { words: 30, cut: { afterEvents } },
    { words: 30, cut: { atByte: Math.floor(random() * 4000) }, resetOnCut: true },
    { words: 30, end: { afterEvents } },
    { words: 30, end: 'before-final' },
    { words: 30, errorEvent: { afterEvents, status: 529 } },
    { words: 30, garbage: 'broken-json' },
  ]
  return faults[Math.floor(random() * faults.length)] ?? { error: 500 }
}
