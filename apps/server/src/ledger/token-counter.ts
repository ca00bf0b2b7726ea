/** How many tokens a text is. */
export type CountTokens = (text: string) => number

/** Above this an exact count would hold up everybody else; the estimate is near enough for a text so long. */
const preciseLimit = 50_000

/** What people write is text, also where it looks like a mark of the tokenizer's own (`<|endoftext|>`). */
export const asText = { disallowedSpecial: new Set<string>() }

/** A letter of an alphabet is about a quarter of a token, a Chinese character about one. */
export const estimateTokens: CountTokens = (text) => {
  let wide = 0
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x2e7f) wide += 1
  return Math.ceil(wide + (text.length - wide) / 4)
}

/** The counter of `TOKENIZER_MODE`. The exact one takes 100 MB and is loaded when it is first asked for. */
export function createTokenCounter(mode: 'precise' | 'heuristic'): () => Promise<CountTokens> {
  if (mode === 'heuristic') return async () => estimateTokens
  let loading: Promise<CountTokens> | undefined
  return async () => {
    loading ??= import('gpt-tokenizer').then(
      ({ countTokens }) =>
        (text) =>
          text.length > preciseLimit ? estimateTokens(text) : countTokens(text, asText),
    )
    return await loading
  }
}
