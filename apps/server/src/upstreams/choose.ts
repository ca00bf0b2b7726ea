import type { Account, Candidate } from './account.ts'

/** Whether a caller who is pinned to these accounts (null: to none) may use this one. */
export function mayUse({ id, isSchedulable }: Account, accountIds: readonly string[] | null): boolean {
  return accountIds === null ? isSchedulable : accountIds.includes(id)
}

export interface OrderOptions {
  /** The account that served this session before. */
  readonly affinityAccountId?: string | undefined
  /** Calls under way on an account. */
  readonly active: (accountId: string) => number
  /** Whose turn it is: lower is earlier. */
  readonly turn: (account: Account) => number
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/**
 * The order in which candidates are tried: the account of the session first, then by priority (lower number first); among
 * equals those last that have far more to do than their weight says, because they are slow, and the others in turn. Who
 * have the same turn draw by weight (exponential variables whose speed is the weight).
 */
export function orderCandidates(candidates: readonly Candidate[], options: OrderOptions): Candidate[] {
  if (candidates.length < 2) return [...candidates]
  const { active, affinityAccountId, random, turn } = options
  const load = sumOf(candidates, ({ id }) => active(id)) / sumOf(candidates, ({ weight }) => weight)
  return candidates
    .map((candidate) => ({
      candidate,
      isAffine: candidate.account.id === affinityAccountId,
      isSlow: active(candidate.account.id) > 1.5 * load * candidate.account.weight + 1,
      turn: turn(candidate.account),
      draw: -Math.log(1 - random()) / candidate.account.weight,
    }))
    .sort(
      (a, b) =>
        Number(b.isAffine) - Number(a.isAffine) ||
        a.candidate.account.priority - b.candidate.account.priority ||
        Number(a.isSlow) - Number(b.isSlow) ||
        a.turn - b.turn ||
        a.draw - b.draw,
    )
    .map((entry) => entry.candidate)
}

function sumOf(candidates: readonly Candidate[], read: (account: Account) => number): number {
  return candidates.reduce((sum, { account }) => sum + read(account), 0)
}
