import { ParleyError } from '@parley/contract'
import type { WireName } from '@parley/wires'
import { affinityKeyOf } from '../upstreams/affinity.ts'
import { assertAllowed, type Gate } from './admit.ts'
import type { Caller } from './exchange.ts'
import { type Considered, consider, type PlanParts } from './plan.ts'

export interface ExplainQuery {
  readonly caller: Caller
  readonly model: string
  /** Null: it comes from the chat. */
  readonly wire: WireName | null
  readonly sessionId: string | undefined
}

export interface Explanation {
  /** Why the call would be refused before any account is looked at. */
  readonly refusal: ParleyError | undefined
  readonly considered: readonly Considered[]
  /** Account ids, in the order in which they would be tried now. Among equals chance has a part in it. */
  readonly order: readonly string[]
  readonly affinityAccountId: string | undefined
}

/** Where a call would go now, by the same steps as a call, without making it. */
export async function explain(query: ExplainQuery, parts: PlanParts & Gate): Promise<Explanation> {
  const { upstreams, affinity } = parts
  const { caller, model, wire, sessionId } = query
  const considered = consider(model, caller, parts)
  const available = considered.flatMap(({ candidate, out }) => (out === undefined ? [candidate] : []))
  const ownerId = caller.keyId ?? caller.userId
  const session = ownerId === null ? undefined : affinityKeyOf({ ownerId, sessionId, prefix: undefined })
  const affinityAccountId = session === undefined ? undefined : await affinity.find(session)
  const order = upstreams.order(model, available, affinityAccountId)
  const refusal = refusalOf(() => assertAllowed(caller, { model, wire }, parts))
  return { refusal, considered, order: order.map(({ account }) => account.id), affinityAccountId }
}

function refusalOf(check: () => void): ParleyError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof ParleyError) return error
    throw error
  }
}
