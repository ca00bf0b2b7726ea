/**
 * What a model costs: nano-dollars for one million tokens of each kind, so that a price list's "$3.00 / 1M" is
 * 3_000_000_000 and every product with a token count is a whole number. Searches too: "$10 / 1K" is 10_000_000_000_000.
 */
export interface Price {
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite5m: number
  readonly cacheWrite1h: number
  readonly thinking: number
  readonly audioInput: number
  readonly audioOutput: number
  readonly webSearches: number
  readonly fileSearches: number
  /** Where it comes from and which version: stored on every ledger row, e.g. `genai-prices@0.1.8`, `admin@3`. */
  readonly source: string
}

/** The kinds of tokens, each at a price of its own. */
export const tokenKinds = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'thinking',
  'audioInput',
  'audioOutput',
] as const satisfies readonly (keyof Price)[]
