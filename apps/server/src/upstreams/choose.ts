import type { Candidate } from './account.ts'

/** Whether a caller who is pinned to these accounts (null: to none) may use this one. */
export function mayUse({ id, isSchedulable }: Candidate['account'], accountIds: readonly string[] | null): boolean {
  return accountIds === null ? isSchedulable : accountIds.includes(id)
}

export interface OrderOptions {
  /** The account that served this session before. */
  readonly affinityAccountId?: string | undefined
  /** Calls under way on an account. */
  readonly active: (accountId: string) => number
  /** A number from 0 (included) to 1 (excluded). */
  readonly random: () => number
}

/**
 * The order in which candidates are tried: the account of the session first, then by priority (lower number first), and
 * among equals the one that has least to do for its weight.
 *
 * Among equals it is a race: each account starts behind by its calls under way, the rest is chance (an exponential
 * variable), and its weight is its speed. On idle accounts this is exactly a draw by weight; under load the calls under
 * way outweigh chance and keep themselves in proportion to the weights, also when some accounts are slower than others.
 */
export function orderCandidates(candidates: readonly Candidate[], options: OrderOptions): Candidate[] {
  if (candidates.length < 2) return [...candidates]
  return candidates
    .map((candidate) => ({
      candidate,
      isAffine: candidate.account.id === options.affinityAccountId,
      finish: (options.active(candidate.account.id) - Math.log(1 - options.random())) / candidate.account.weight,
    }))
    .sort(
      (a, b) =>
        Number(b.isAffine) - Number(a.isAffine) ||
        a.candidate.account.priority - b.candidate.account.priority ||
        a.finish - b.finish,
    )
    .map((entry) => entry.candidate)
}
