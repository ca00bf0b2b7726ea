import type { CountTokens } from '../../ledger/token-counter.ts'
import { compact } from './compact.ts'
import { complete } from './complete.ts'
import { createCountTokens } from './count-tokens.ts'
import { embed } from './embed.ts'
import type { Operations } from './operation.ts'

export function createOperations(counter: () => Promise<CountTokens>): Operations {
  return { 'count-tokens': createCountTokens(counter), embed, complete, compact }
}
