import type { Reasoning } from '../neutral.ts'

/** For wires and models that know efforts only: the one that usually takes about as much. */
export function effortOfBudget(budgetTokens: number): 'low' | 'medium' | 'high' {
  if (budgetTokens <= 2048) return 'low'
  return budgetTokens <= 12_000 ? 'medium' : 'high'
}

export const thinkingEfforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export const efforts = ['none', ...thinkingEfforts] as const
export type Effort = (typeof efforts)[number]

/** How much thinking is asked for, in the one word that OpenAI's wires have for it. */
export function askedEffort({ enabled, effort, budgetTokens }: Reasoning): Effort | undefined {
  if (enabled === false) return 'none'
  return effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens))
}

/** The one of these (from the least, at least one) that comes nearest; of two, the lesser. */
export function nearestEffort(taken: readonly Effort[], asked: Effort): Effort {
  const distance = (effort: Effort) => Math.abs(efforts.indexOf(effort) - efforts.indexOf(asked))
  return taken.reduce((best, effort) => (distance(effort) < distance(best) ? effort : best))
}
