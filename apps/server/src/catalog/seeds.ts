/** The models that the server begins with. Ids, names, limits and prices of the first five are the requirement document's. */
export interface ModelSeed {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly contextLimit: number
  readonly pricingPer1k: string
}

export const modelSeeds: readonly ModelSeed[] = [
  { id: 'gpt-4', name: 'GPT-4', provider: 'OpenAI', contextLimit: 8192, pricingPer1k: '0.03' },
  { id: 'gpt-4-turbo', name: 'GPT-4 Turbo', provider: 'OpenAI', contextLimit: 128_000, pricingPer1k: '0.01' },
  { id: 'gpt-3.5-turbo', name: 'GPT-3.5 Turbo', provider: 'OpenAI', contextLimit: 16_385, pricingPer1k: '0.002' },
  { id: 'claude-3-opus', name: 'Claude 3 Opus', provider: 'Anthropic', contextLimit: 200_000, pricingPer1k: '0.015' },
  {
    id: 'claude-3-sonnet',
    name: 'Claude 3 Sonnet',
    provider: 'Anthropic',
    contextLimit: 200_000,
    pricingPer1k: '0.003',
  },
  {
    id: 'claude-opus-4-20250514',
    name: 'Claude Opus 4',
    provider: 'Anthropic',
    contextLimit: 200_000,
    pricingPer1k: '0.015',
  },
]
