/** For wires and models that know efforts only: the one that usually takes about as much. */
export function effortOfBudget(budgetTokens: number): 'low' | 'medium' | 'high' {
  if (budgetTokens <= 2048) return 'low'
  return budgetTokens <= 12_000 ? 'medium' : 'high'
}
