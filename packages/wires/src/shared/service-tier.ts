/** What providers call the tier that serves whoever asks for no other. */
const everydayTiers: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'unspecified',
])

/** What the name of a tier looks like. */
export const tierName = /^[a-z][a-z0-9_-]{0,31}$/

/**
 * The tier of service that a request or a reply names, in its provider's word: `flex`, `priority`. Null: the everyday one, or
 * nothing that could be the name of one.
 */
export function readTier(said: unknown): string | null {
  if (typeof said !== 'string') return null
  const tier = said.toLowerCase()
  return tierName.test(tier) && !everydayTiers.has(tier) ? tier : null
}
