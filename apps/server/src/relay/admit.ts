import { ParleyError } from '@parley/contract'
import type { WireName } from '@parley/wires'
import type { Ledger } from '../ledger/ledger.ts'
import type { Ticket } from '../ledger/ticket.ts'
import { askedTier } from './asked-tier.ts'
import { choicesOf } from './ceiling.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Ask, Caller, Exchange } from './exchange.ts'
import { geminiSetting } from './gemini-settings.ts'
import { reservedBy } from './operations/reserves.ts'

export interface Gate {
  readonly catalog: Catalog
  /** Which models the users of a group may use. */
  readonly groups: { allows(userId: string, model: string): boolean }
}

/**
 * The one gate for every door: may the caller use this model and wire, and is the call within their limits? When it
 * resolves, the call stands in the ledger, and whatever happens from here on it is settled there. Throws, or rejects, when
 * the call is refused.
 */
export function admit(exchange: Exchange, parts: Gate & { readonly ledger: Ledger }): Promise<Ticket> {
  const { caller, ask } = exchange
  assertAllowed(caller, { model: ask.model, wire: ask.kind === 'wire' ? ask.wire : null }, parts)
  return parts.ledger.open({
    requestId: exchange.id,
    isIdForeign: exchange.isIdForeign === true,
    userId: caller.userId,
    keyId: caller.keyId,
    conversationId: exchange.conversationId,
    model: ask.model,
    wire: ask.kind === 'wire' ? ask.wire : 'chat',
    isStream: ask.isStream,
    inputLength: inputLength(ask),
    sample: () => sampleOf(ask),
    cacheWrites: () => cacheWritesOf(ask),
    maxOutputTokens: maxOutputTokens(ask),
    serviceTier: askedTier(ask),
    limits: caller.limits,
  })
}

/** Throws when the caller may not use the model, or not this wire. */
export function assertAllowed(
  caller: Caller,
  { model, wire }: { readonly model: string; readonly wire: WireName | null },
  gate: Gate,
): void {
  const { wires } = caller
  if (!mayUseModel(caller, model, gate)) throw new ParleyError('model_forbidden', { parameters: { model } })
  if (wire !== null && wires !== null && !wires.includes(wire))
    throw new ParleyError('key_wire_forbidden', { parameters: { wire } })
}

/** By the key's own list and by the user's group, which is not asked about a model of the user's own. */
export function mayUseModel(
  { models, userId, isOperatorsChoice }: Pick<Caller, 'models' | 'userId' | 'isOperatorsChoice'>,
  model: string,
  { groups, catalog }: Gate,
): boolean {
  if (models !== null && !models.includes(model)) return false
  if (userId === null || isOperatorsChoice === true || groups.allows(userId, model)) return true
  return catalog.tryModel(model)?.own?.userId === userId
}

/** UTF-16 units of what is asked, near enough for an estimate: markup of the request counts too. */
function inputLength(ask: Ask): number {
  if (ask.kind === 'wire') return reservedBy(ask.operation) === 'nothing' ? 0 : ask.body.length
  return textOf([ask.request.system, ask.request.messages, ask.request.tools]).length
}

/** What a picture or a document is counted as, in place of its bytes: they are megabytes, and a few thousand tokens. */
const mediaText = 'media '.repeat(1_000)

function textOf(parts: unknown): string {
  const isMedia = (value: unknown) =>
    typeof value === 'object' && value !== null && 'data' in value && 'mediaType' in value
  return JSON.stringify(parts, (_name, value: unknown) => (isMedia(value) ? mediaText : value))
}

const sampleLength = 4096

function sampleOf(ask: Ask): string {
  if (ask.kind === 'wire') return ask.body.subarray(0, sampleLength).toString('utf8')
  return textOf(ask.request.messages).slice(0, sampleLength)
}

/** Only where a request has marks for it, which is Anthropic's way; the others do not charge for it. */
function cacheWritesOf(ask: Ask): 'none' | '5m' | '1h' {
  if (ask.kind === 'neutral' || !ask.body.includes(cacheMark)) return 'none'
  return ask.body.includes(hourMark) ? '1h' : '5m'
}

/** As bytes, so that they are not made anew for each call. */
const cacheMark = Buffer.from('"cache_control"')
const hourMark = Buffer.from('"1h"')

/** What the caller allows the reply to be, all its choices together, in the words of its wire. */
function maxOutputTokens(ask: Ask): number | undefined {
  if (ask.kind === 'neutral') return ask.request.maxTokens
  const { json, operation } = ask
  if (reservedBy(operation) !== 'input and output') return 0
  const said =
    ask.wire === 'gemini'
      ? geminiSetting(json, 'maxOutputTokens')
      : (json.max_tokens ?? json.max_completion_tokens ?? json.max_output_tokens)
  return typeof said === 'number' && said > 0 ? said * choicesOf(ask) : undefined
}
