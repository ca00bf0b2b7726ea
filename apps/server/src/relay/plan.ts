import { ParleyError, reasonText } from '@parley/contract'
import type { Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { Candidate, Upstreams } from '../upstreams/account.ts'
import type { Affinity } from '../upstreams/affinity.ts'
import { mayUse } from '../upstreams/choose.ts'
import type { Caller, Exchange } from './exchange.ts'
import type { Operations } from './operations/operation.ts'
import { sessionKeyOf } from './session.ts'

export interface PlanParts {
  readonly upstreams: Upstreams
  readonly affinity: Affinity
  readonly operations: Operations
  readonly catalog: Catalog
  readonly config: Pick<Config['relay'], 'refusesUnpriced'>
}

/** An account that serves the model, and why it cannot be tried now. */
export interface Considered {
  readonly candidate: Candidate
  /** Undefined: it can. */
  readonly out: string | undefined
  readonly untilMs: number | undefined
}

/** Is told what is planned. */
export interface PlanTrace {
  considered(all: readonly Considered[]): void
  planned(order: readonly Candidate[], affinityAccountId: string | undefined): void
}

const notForCaller = reasonText('notForCaller')
const unpriced = reasonText('unpriced')

/** Everybody who serves the model, with what speaks against each. */
export function consider(
  model: string,
  { accountIds }: Pick<Caller, 'accountIds'>,
  parts: Omit<PlanParts, 'affinity'>,
): Considered[] {
  const { upstreams, config } = parts
  return upstreams.candidates(model).map((candidate) => {
    if (!mayUse(candidate.account, accountIds)) return { candidate, out: notForCaller, untilMs: undefined }
    if (config.refusesUnpriced && !isPriced(model, candidate, parts))
      return { candidate, out: unpriced, untilMs: undefined }
    const { isAvailable, reason, untilMs } = upstreams.availability(candidate)
    return { candidate, out: isAvailable ? undefined : (reason ?? reasonText('out')), untilMs }
  })
}

/**
 * The accounts to try for this call, best first: those that serve the model, that the caller may use and that are not
 * cooling down; the one that served the session before goes first, because it has its prompt cache. Throws when there is
 * none, saying whether there will be one.
 */
export function plan(
  exchange: Exchange,
  parts: PlanParts,
  trace: PlanTrace,
): readonly Candidate[] | Promise<readonly Candidate[]> {
  const { upstreams, affinity } = parts
  const considered = consider(exchange.ask.model, exchange.caller, parts)
  trace.considered(considered)
  const available = considered.flatMap(({ candidate, out }) => (out === undefined ? [candidate] : []))
  if (available.length === 0) throw nobody(exchange.ask.model, considered)
  const able = chosen(exchange, available, parts)
  const ordered = (affinityAccountId: string | undefined) => {
    const order = upstreams.order(exchange.ask.model, able, affinityAccountId)
    upstreams.took(exchange.ask.model, order)
    trace.planned(order, affinityAccountId)
    return order
  }
  const session = able.length === 1 ? undefined : sessionKeyOf(exchange)
  const found = session === undefined ? undefined : affinity.find(session)
  return found instanceof Promise ? found.then(ordered) : ordered(found)
}

/** The simulator costs nothing, and a person's own model is their own affair. */
function isPriced(
  model: string,
  { account, upstreamModel }: Candidate,
  { catalog }: Pick<PlanParts, 'catalog'>,
): boolean {
  if (account.kind === 'simulator' || catalog.tryModel(model)?.own !== undefined) return true
  return catalog.tryPrice(model, upstreamModel, 0) !== undefined
}

/** What is not a reply can not be had from every account. */
function chosen(
  { ask }: Exchange,
  candidates: readonly Candidate[],
  { operations }: Pick<PlanParts, 'operations'>,
): readonly Candidate[] {
  return ask.kind === 'wire' && ask.operation ? operations[ask.operation].choose(candidates, ask) : candidates
}

function nobody(model: string, considered: readonly Considered[]): ParleyError {
  const allowed = considered.filter(({ out }) => out !== notForCaller)
  if (allowed.length === 0) return new ParleyError('model_not_found', { parameters: { model } })
  const priced = allowed.filter(({ out }) => out !== unpriced)
  if (priced.length === 0) return new ParleyError('model_unpriced', { parameters: { model } })
  const ends = priced.flatMap(({ untilMs }) => untilMs ?? [])
  const retryAfterMs = ends.length === 0 ? {} : { retryAfterMs: Math.max(0, Math.min(...ends) - Date.now()) }
  return new ParleyError('model_unavailable', { parameters: { model }, ...retryAfterMs })
}
