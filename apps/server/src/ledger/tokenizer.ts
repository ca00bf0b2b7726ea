import type { Estimator } from './estimate.ts'
import type { OpenEntry } from './ticket.ts'

/**
 * Counts a part of a caller's request, once, when an upstream has not said what the call used, so that the next estimates
 * are a tokenizer's. It is never on the way of a call: the tokenizer takes 100 MB and is loaded when it is first needed.
 */
export async function countSample({ sample, model }: OpenEntry, caller: string, estimator: Estimator): Promise<void> {
  if (estimator.knowsInput(caller, model)) return
  const text = sample()
  if (text === '') return
  const { countTokens } = await import('gpt-tokenizer')
  estimator.learnInput(caller, model, text.length / Math.max(1, countTokens(text)))
}
