import { ParleyError } from '@parley/contract'
import type { Candidate, Upstreams } from '../upstreams/account.ts'
import { eligibleCandidates, orderCandidates } from '../upstreams/choose.ts'
import type { Affinity } from '../upstreams/affinity.ts'
import type { Exchange } from './exchange.ts'
import { sessionKeyOf } from './session.ts'

export interface PlanParts {
  readonly upstreams: Upstreams
  readonly affinity: Affinity
}

const nobody: ReadonlySet<string> = new Set()

/**
 * The accounts to try for this call, best first: those that serve the model, that the caller may use and that are not
 * cooling down; the one that served the session before goes first, because it has its prompt cache. Throws when there is none, saying whether there will be one.
 */
export async function plan(exchange: Exchange, { upstreams, affinity }: PlanParts): Promise<Candidate[]> {
  const { model } = exchange.ask
  const { accountIds } = exchange.caller
  const serving = upstreams.candidates(model)
  const allowed = accountIds === null ? serving : serving.filter(({ account }) => accountIds.includes(account.id))
  if (allowed.length === 0) throw new ParleyError('model_not_found', { parameters: { model } })
  const available = eligibleCandidates(allowed, {
    accountIds,
    excluded: nobody,
    isAvailable: (candidate) => upstreams.availability(candidate).isAvailable,
  })
  if (available.length === 0) throw unavailable(model, allowed, upstreams)
  if (available.length === 1) return available
  const session = sessionKeyOf(exchange)
  const affinityAccountId = session === undefined ? undefined : await affinity.find(session)
  return orderCandidates(available, {
    affinityAccountId,
    active: (id) => upstreams.activeCalls(id),
    random: Math.random,
  })
}

function unavailable(model: string, candidates: readonly Candidate[], upstreams: Upstreams): ParleyError {
  const ends = candidates.flatMap((candidate) => upstreams.availability(candidate).untilMs ?? [])
  const retryAfterMs = ends.length === 0 ? {} : { retryAfterMs: Math.max(0, Math.min(...ends) - Date.now()) }
  return new ParleyError('model_unavailable', { parameters: { model }, ...retryAfterMs })
}
