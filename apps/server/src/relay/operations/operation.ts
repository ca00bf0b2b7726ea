import type { Candidate } from '../../upstreams/account.ts'
import type { OperationName, WireAsk } from '../exchange.ts'
import type { Prepared, PrepareOptions } from '../prepare.ts'

/** What is asked besides a reply goes through the engine like everything: admit → plan → call → settle. */
export interface Operation {
  /** Those of the accounts that can do it. Throws ParleyError when there is none. */
  choose(candidates: readonly Candidate[], ask: WireAsk): readonly Candidate[]
  /** What one attempt needs. */
  prepare(options: PrepareOptions): Prepared
}

export type Operations = { readonly [name in OperationName]: Operation }
