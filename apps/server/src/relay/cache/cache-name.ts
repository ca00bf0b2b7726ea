import { createHmac } from 'node:crypto'
import type { Caller, WireAsk } from '../exchange.ts'

/** Who asks, and with which session: the reply does not depend on it. */
const volatileFields: ReadonlySet<string> = new Set(['metadata', 'user', 'safety_identifier', 'prompt_cache_key'])
/** Headers that change what a reply is. */
const meaningHeaders = ['anthropic-version', 'anthropic-beta', 'openai-beta'] as const

export interface NameOptions {
  /** Whose replies these are: a key's own, or everybody's. */
  readonly namespace: string
  readonly pepper: Uint8Array
}

/**
 * The same for calls that ask for the same thing in the same words, and may be served by the same accounts. A keyed hash:
 * who reads the table cannot try out what was asked.
 */
export function cacheName(ask: WireAsk, { accountIds }: Caller, { namespace, pepper }: NameOptions): string {
  const said = Object.entries(ask.json).filter(([field]) => !volatileFields.has(field))
  const parts = [
    namespace,
    accountIds,
    ask.wire,
    ask.operation ?? ask.method ?? '',
    ask.model,
    ask.isStream,
    ask.query,
    meaningHeaders.map((name) => ask.headers[name] ?? ''),
    said,
  ]
  return createHmac('sha256', pepper).update(JSON.stringify(parts)).digest('base64url')
}
