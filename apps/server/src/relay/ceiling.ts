import { isObject, type JsonObject, type JsonValue, limitField } from '@parley/wires'
import type { Slot } from '../upstreams/account.ts'
import type { Ask, Exchange, WireAsk } from './exchange.ts'
import { geminiSetting, geminiSettingsOf, spelled } from './gemini-settings.ts'
import { setTopLevelField } from './json-patch.ts'
import { reservedBy } from './operations/reserves.ts'

/**
 * A request whose reply is kept short at the upstream, because a limit of its caller is near: in the wire's own field, and
 * never longer than the client asked. Every other byte is the client's.
 */
export function withCeiling(exchange: Exchange, tokens: number, slot: Slot): Exchange {
  return { ...exchange, ask: limited(exchange.ask, tokens, slot) }
}

function limited(ask: Ask, tokens: number, slot: Slot): Ask {
  if (ask.kind === 'neutral') {
    const { request } = ask
    return { ...ask, request: { ...request, maxTokens: Math.min(request.maxTokens ?? Infinity, tokens) } }
  }
  // A compaction has no field for it.
  if (reservedBy(ask.operation) !== 'input and output' || ask.operation === 'compact') return ask
  let { body } = ask
  const fields = fieldsFor(ask, Math.max(1, Math.floor(tokens / choicesOf(ask))), slot)
  for (const [name, value] of Object.entries(fields)) body = setTopLevelField(body, name, JSON.stringify(value))
  return { ...ask, body, json: { ...ask.json, ...fields } }
}

function fieldsFor({ wire, operation, json }: WireAsk, tokens: number, { candidate, dialect }: Slot): JsonObject {
  const least = (said: JsonValue | undefined) =>
    typeof said === 'number' && said > 0 ? Math.min(said, tokens) : tokens
  if (wire === 'anthropic') return { max_tokens: least(json.max_tokens), ...thinkingWithin(json.thinking, tokens) }
  if (wire === 'openai-responses') return { max_output_tokens: least(json.max_output_tokens) }
  if (wire === 'gemini') {
    const { name, settings } = geminiSettingsOf(json)
    const limit = spelled(settings, 'maxOutputTokens')
    return { [name]: { ...settings, [limit]: least(settings[limit]) } }
  }
  const said = { max_tokens: json.max_tokens, max_completion_tokens: json.max_completion_tokens }
  const names = Object.entries(said).flatMap(([name, value]) => (typeof value === 'number' ? [name] : []))
  if (names.length === 0)
    names.push(operation === 'complete' ? 'max_tokens' : limitField(candidate.upstreamModel, dialect))
  return Object.fromEntries(names.map((name) => [name, least(json[name])]))
}

const fewestThinkingTokens = 1_024

/** Anthropic refuses a budget of thinking that is not smaller than the limit, or below 1,024. */
function thinkingWithin(thinking: JsonValue | undefined, tokens: number): JsonObject {
  if (!isObject(thinking) || typeof thinking.budget_tokens !== 'number' || thinking.budget_tokens < tokens) return {}
  if (tokens <= fewestThinkingTokens) return { thinking: { type: 'disabled' } }
  return { thinking: { ...thinking, budget_tokens: tokens - 1 } }
}

/** How many replies are asked for at once; each has the limit for itself. */
export function choicesOf({ wire, json }: Pick<WireAsk, 'wire' | 'json'>): number {
  const said = wire === 'gemini' ? [geminiSetting(json, 'candidateCount')] : [json.n, json.best_of]
  return Math.max(1, ...said.filter((count) => typeof count === 'number'))
}
