import type { WireAsk } from '../exchange.ts'
import type { Prepared, PrepareOptions } from '../prepare.ts'
import type { Candidate } from '../../upstreams/account.ts'

/** What may be asked of a model besides a reply. It goes through the engine like everything: admit → plan → call → settle. */
export interface Operation {
  readonly name: 'count-tokens' | 'embed' | 'complete' | 'compact'
  /** What admitting it reserves. */
  readonly reserves: 'nothing' | 'input' | 'input and output'
  /** Those of the accounts that can do it. Throws ParleyError when there is none. */
  choose(candidates: readonly Candidate[], ask: WireAsk): readonly Candidate[]
  /** What one attempt needs. */
  prepare(options: PrepareOptions): Prepared
}
