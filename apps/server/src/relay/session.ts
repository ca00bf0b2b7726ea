import { isObject, type JsonObject, type JsonValue } from '@parley/wires'
import { affinityKeyOf } from '../upstreams/affinity.ts'
import type { Exchange, WireAsk } from './exchange.ts'

/** Enough of the beginning to tell conversations apart; hashing all of a long prompt would cost more than it tells. */
const prefixLength = 1000

/** Older versions of Claude Code put the session at the end of a longer name. Where it begins is not looked for further away. */
const longestEnd = 200

/**
 * What tells the calls of one session from others: the client's own session id where it gives one, else the beginning that
 * all calls of a conversation share. Undefined when nothing does.
 */
export function sessionKeyOf({ ask, caller, conversationId }: Exchange): string | undefined {
  const ownerId = caller.keyId ?? caller.userId
  if (ownerId === null) return undefined
  if (ask.kind === 'neutral')
    return affinityKeyOf({ ownerId, sessionId: conversationId ?? undefined, prefix: undefined })
  return affinityKeyOf({ ownerId, sessionId: ask.sessionId ?? sessionIdIn(ask.json), prefix: prefixOf(ask) })
}

/** Claude Code puts a JSON object into `metadata.user_id`; OpenAI's clients name their cache. */
function sessionIdIn(body: JsonObject): string | undefined {
  if (typeof body.prompt_cache_key === 'string') return body.prompt_cache_key
  const userId = isObject(body.metadata) ? body.metadata.user_id : undefined
  if (typeof userId !== 'string') return undefined
  return /"session_id"\s*:\s*"([^"]+)"/.exec(userId)?.[1] ?? /session_([\w-]+)$/.exec(userId.slice(-longestEnd))?.[1]
}

function prefixOf({ json }: WireAsk): string | undefined {
  const first = firstOf(json.messages) ?? firstOf(json.input) ?? firstOf(json.contents)
  if (first === undefined) return undefined
  return textIn(json.system ?? json.instructions ?? json.systemInstruction) + textIn(first)
}

function firstOf(list: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(list) ? list[0] : list
}

/** The first text in a piece of a request, wherever its wire puts it. */
function textIn(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value.slice(0, prefixLength)
  if (Array.isArray(value)) return textIn(value[0])
  if (!isObject(value)) return ''
  return textIn(value.text ?? value.content ?? value.parts)
}
