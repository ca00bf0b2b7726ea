import { createHash } from 'node:crypto'

/**
 * Ids in the shape of the wire that shows them.
 *
 * Guarantees: a tool call id goes out and comes back as the same id (`toolu_1` is shown as `call_toolu_1`, which is said
 * to its own wire as `toolu_1` again), and a call and its result, written by the same wire, always have the same id.
 */

/** The upstream's reply id when it has this wire's prefix, else one made of the context's id. */
export function replyId(prefix: string, upstreamId: string | undefined, contextId: string): string {
  if (upstreamId?.startsWith(prefix)) return upstreamId
  return contextId.startsWith(prefix) ? contextId : prefix + contextId
}

const toolCallPrefixes = ['call_', 'toolu_'] as const
export type ToolCallPrefix = (typeof toolCallPrefixes)[number]

/** OpenAI refuses tool call ids above this; Anthropic allows more. */
const longestId = 40
const allowed = /^[a-zA-Z0-9_-]+$/

/** The id in this wire's shape. Ids that no wire would take (too long, other characters) become a hash of themselves. */
export function toolCallId(prefix: ToolCallPrefix, id: string): string {
  const own = withPrefix(prefix, id)
  if (own.length <= longestId && allowed.test(own)) return own
  return prefix + createHash('sha256').update(id).digest('base64url').slice(0, 24)
}

function withPrefix(prefix: ToolCallPrefix, id: string): string {
  if (id.startsWith(prefix)) return id
  const other = toolCallPrefixes.find((candidate) => id.startsWith(candidate + prefix))
  return other === undefined ? prefix + id : id.slice(other.length)
}
