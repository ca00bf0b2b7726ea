import { noUsage, type Usage } from '@parley/wires'
import { costOf } from './cost.ts'
import type { SettledRow } from './journal.ts'
import type { HeldLimits } from './held-limits.ts'
import { tokensOf } from './tokens.ts'

/**
 * What is charged is never more than the call holds, so that no limit is passed, whatever an upstream has counted: a reply
 * that arrived in one piece, thinking that nobody saw, a file behind a link. What is beyond is kept beside the call, with
 * what failed attempts used: it is on the upstream's bill, and on nobody's here.
 */
export type Charge = (costNanos: number) => number

/** What is counted first is given up last. */
const tokensFromTheEnd = [
  'output',
  'thinking',
  'audioOutput',
  'cacheRead',
  'input',
  'cacheWrite5m',
  'cacheWrite1h',
  'audioInput',
] as const satisfies readonly (keyof Usage)[]
/** What was not foreseen is given up first. */
const fromTheEnd = ['webSearches', 'fileSearches', ...tokensFromTheEnd] as const satisfies readonly (keyof Usage)[]

export function isWithinHold({ usage, chargedNanos }: SettledRow, { tokens, cost, isUnasked }: HeldLimits): boolean {
  return isUnasked || (tokensOf(usage) <= tokens && chargedNanos <= cost)
}

/** The row as it is charged: no more than is held. */
export function keptWithinHold(row: SettledRow, held: HeldLimits, charge: Charge): SettledRow {
  if (isWithinHold(row, held)) return row
  const { price, accountId } = row
  const priced = (usage: Usage): SettledRow => {
    const costNanos = price === undefined ? 0 : costOf(usage, price)
    return { ...row, usage, costNanos, chargedNanos: charge(costNanos) }
  }
  const withinTokens = largestPart(row.usage, tokensFromTheEnd, (usage) => tokensOf(usage) <= held.tokens)
  const kept = priced(largestPart(withinTokens, fromTheEnd, (usage) => priced(usage).chargedNanos <= held.cost))
  if (accountId === null) return kept
  const beyond = {
    attempt: row.attempts,
    accountId,
    upstreamModel: row.upstreamModel ?? row.model,
    usage: difference(row.usage, kept.usage),
    costNanos: row.costNanos - kept.costNanos,
  }
  return { ...kept, failedAttempts: [...(row.failedAttempts ?? []), beyond] }
}

function largestPart(
  whole: Usage,
  kinds: readonly (typeof fromTheEnd)[number][],
  fits: (usage: Usage) => boolean,
): Usage {
  let usage = whole
  for (const kind of kinds) {
    if (!fits({ ...usage, [kind]: 0 })) {
      usage = { ...usage, [kind]: 0 }
      continue
    }
    let most = 0
    for (let tooMany = usage[kind] + 1; tooMany - most > 1; ) {
      const middle = Math.floor((most + tooMany) / 2)
      if (fits({ ...usage, [kind]: middle })) most = middle
      else tooMany = middle
    }
    return { ...usage, [kind]: most }
  }
  return usage
}

function difference(whole: Usage, part: Usage): Usage {
  const rest = { ...noUsage, serviceTier: whole.serviceTier }
  for (const kind of fromTheEnd) rest[kind] = whole[kind] - part[kind]
  return rest
}
