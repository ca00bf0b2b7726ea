import type { Candidate, Upstreams } from './account.ts'

/**
 * What a model may turn out to be at the accounts that serve it: each of their names once, without the simulator's, which
 * cost nothing. It alone serves the model, or nobody does: the model's own.
 *
 * /!\ Hot path: worked out once for as long as the accounts stay as they are.
 */
export function createUpstreamModels(upstreams: Pick<Upstreams, 'candidates'>): (model: string) => readonly string[] {
  const known = new WeakMap<readonly Candidate[], readonly string[]>()
  return (model) => {
    const candidates = upstreams.candidates(model)
    const before = known.get(candidates)
    if (before !== undefined) return before
    const names = namesOf(candidates, model)
    known.set(candidates, names)
    return names
  }
}

function namesOf(candidates: readonly Candidate[], model: string): readonly string[] {
  const real = candidates.filter(({ account }) => account.kind !== 'simulator')
  return real.length === 0 ? [model] : [...new Set(real.map(({ upstreamModel }) => upstreamModel))]
}
