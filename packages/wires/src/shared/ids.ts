import { createHash } from 'node:crypto'

/**
 * Ids in the shape of the wire that shows them.
 *
 * Guarantees: the neutral form has each tool call's id as its upstream made it. A client of another wire is shown an id of
 * its own wire's shape, and what it hands back is the upstream's id again. Nothing is stored for this: the id shown
 * carries the other one.
 */

/** The upstream's reply id when it has this wire's prefix, else one made of the context's id. */
export function replyId(prefix: string, upstreamId: string | undefined, contextId: string): string {
  if (upstreamId?.startsWith(prefix)) return upstreamId
  return contextId.startsWith(prefix) ? contextId : prefix + contextId
}

export type ToolCallPrefix = 'call_' | 'toolu_'

const plainMark = 'via_'
const encodedMark = 'v64_'
const shown = /^(?:call_|toolu_)(via_|v64_)/
const allowed = /^[a-zA-Z0-9_-]+$/

/** For replies: the id as a client of this wire sees it. */
export function toolCallId(prefix: ToolCallPrefix, id: string): string {
  if (id.startsWith(prefix) && allowed.test(id)) return id
  return prefix + (allowed.test(id) ? plainMark + id : encodedMark + Buffer.from(id).toString('base64url'))
}

/** For request readers: the upstream's own id in what `toolCallId` showed; any other id as it is. */
export function originalToolCallId(id: string): string {
  const mark = shown.exec(id)
  if (mark === null) return id
  const rest = id.slice(mark[0].length)
  return mark[1] === encodedMark ? Buffer.from(rest, 'base64url').toString('utf8') : rest
}

export interface IdLimits {
  maxLength: number
  characters?: RegExp
  /** It must be neither shorter nor anything but letters and digits (Mistral). */
  isExact?: boolean
}

/**
 * For request writers: the id as it is, unless its wire would refuse it for its length or its characters. Then it is a
 * hash of itself, so that a call and its result still agree.
 */
export function sentToolCallId(id: string, { maxLength, characters, isExact = false }: IdLimits): string {
  const isTaken = id !== '' && id.length <= maxLength && (characters?.test(id) ?? true)
  if (isTaken && (!isExact || (id.length === maxLength && /^[a-zA-Z0-9]+$/.test(id)))) return id
  const hash = createHash('sha256').update(id).digest('base64url')
  return isExact ? hash.replace(/[-_]/g, '').slice(0, maxLength) : `call_${hash.slice(0, 24)}`
}

/** The longest name of an end user that OpenAI takes. */
const longestUserId = 64

/** For request writers of OpenAI's wires: longer names are told by their hash. */
export function sentUserId(userId: string): string {
  return userId.length <= longestUserId ? userId : createHash('sha256').update(userId).digest('hex')
}
