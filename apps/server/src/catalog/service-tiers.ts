import { type Price, tokenKinds } from '@parley/contract'

/**
 * What the tiers of service cost that a provider serves a model at, as a multiple of the model's everyday price for tokens.
 *
 * Capacity that was bought in advance (Anthropic's priority, OpenAI's scale) is on no bill by the call: the everyday price is
 * the nearest to what it is worth. What is not in here is priced as everyday, and the price's source says so: a guess would
 * look like knowledge.
 */
interface TierPrice {
  readonly tiers: readonly string[]
  readonly models: RegExp
  readonly factor: number
}

/** The first that has tier and model counts. Read in November 2026. */
const tierPrices: readonly TierPrice[] = [
  // https://developers.openai.com/api/docs/pricing (flex: as Batch), https://ai.google.dev/gemini-api/docs/optimization
  { tiers: ['flex'], models: /\b(gpt-(?!oss)|o\d|gemini-)/, factor: 0.5 },
  // https://openai.com/api-fast-mode, before https://openai.com/api-priority-processing: one tier by two names
  { tiers: ['priority', 'fast'], models: /\bgpt-5\.5\b/, factor: 2.5 },
  { tiers: ['priority', 'fast'], models: /\bgpt-5-mini\b/, factor: 1.8 },
  { tiers: ['priority', 'fast'], models: /\b(gpt-[56]|gpt-4\.1-nano)\b/, factor: 2 },
  { tiers: ['priority', 'fast'], models: /\b(gpt-4\.1|gpt-4o-2024-05-13|o3)\b/, factor: 1.75 },
  { tiers: ['priority', 'fast'], models: /\bgpt-4o-mini\b/, factor: 5 / 3 },
  { tiers: ['priority', 'fast'], models: /\bgpt-4o\b/, factor: 1.7 },
  { tiers: ['priority', 'fast'], models: /\bo4-mini\b/, factor: 20 / 11 },
  { tiers: ['scale'], models: /\b(gpt-|o\d)/, factor: 1 },
  // https://platform.claude.com/docs/en/build-with-claude/fast-mode
  { tiers: ['fast'], models: /\bclaude-opus-4[-.][67]\b/, factor: 6 },
  { tiers: ['fast'], models: /\bclaude-(opus-4[-.]8|(opus|fable|mythos)-5)\b/, factor: 2 },
  // https://platform.claude.com/docs/en/api/service-tiers
  { tiers: ['priority'], models: /\bclaude-/, factor: 1 },
  { tiers: ['batch'], models: /\bclaude-/, factor: 0.5 },
]

const tierNames = new Set(tierPrices.flatMap(({ tiers }) => tiers))

/** Undefined: not known. */
export function tryTierFactor(model: string, tier: string): number | undefined {
  return tierPrices.find(({ tiers, models }) => tiers.includes(tier) && models.test(model))?.factor
}

/** Of a model, all that are known. */
export function tierFactors(model: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...tierNames].flatMap((tier) => {
      const factor = tryTierFactor(model, tier)
      return factor === undefined ? [] : [[tier, factor]]
    }),
  )
}

/** The everyday price as a multiple. Searches cost the same at every tier. */
export function priceAtTier(price: Price, tier: string, factor: number | undefined): Price {
  if (factor === undefined) return { ...price, source: `${price.source} unpriced tier` }
  const atTier = Object.fromEntries(tokenKinds.map((kind) => [kind, Math.round(price[kind] * factor)]))
  return { ...price, ...atTier, source: `${price.source} ${tier}` }
}
