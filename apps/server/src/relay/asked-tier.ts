import { readTier } from '@parley/wires'
import type { Ask } from './exchange.ts'

/** The tier of service that the request asks for; null: the everyday one. */
export function askedTier(ask: Ask): string | null {
  if (ask.kind === 'neutral') return readTier(ask.request.serviceTier)
  const { speed, service_tier: snakeCase, serviceTier: camelCase } = ask.json
  return speed === 'fast' ? 'fast' : readTier(snakeCase ?? camelCase)
}
