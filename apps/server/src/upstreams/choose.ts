import type { Candidate } from './account.ts'

export interface EligibilityRules {
  /** Accounts that the caller may use; null: all. */
  readonly accountIds: readonly string[] | null
  /** Accounts that this call has tried already. */
  readonly excluded: ReadonlySet<string>
  /** False while the account is out for that model. */
  readonly isAvailable: (candidate: Candidate) => boolean
}

/** The candidates that may be tried now. */
export function eligibleCandidates(candidates: readonly Candidate[], rules: EligibilityRules): Candidate[] {
  return candidates.filter(
    (candidate) =>
      (rules.accountIds === null || rules.accountIds.includes(candidate.account.id)) &&
      !rules.excluded.has(candidate.account.id) &&
      rules.isAvailable(candidate),
  )
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
