import type { IncomingHttpHeaders } from 'node:http'
import type { WireAsk } from '../exchange.ts'
import { geminiSetting } from '../gemini-settings.ts'
import { reservedBy } from '../operations/reserves.ts'

/** That an equal call of before may answer this one. Null: the key says nothing, 0: never. */
export interface CacheRights {
  readonly cacheSeconds: number | null
}

/** What a caller says of one call: `x-parley-cache: 60`, or `off`. */
const wishHeader = 'x-parley-cache'

/**
 * How old the reply of an equal call may be to answer this one, in milliseconds; 0: it is made anew. The key says it for
 * calls that are the same each time (temperature 0); the header says it for any call, and never more than the key allows,
 * or the server where the key says nothing. What the header says and nobody allows is ignored.
 *
 * /!\ Hot path: where nothing is allowed nothing is looked at.
 */
export function cacheMsOf(
  ask: WireAsk,
  headers: IncomingHttpHeaders,
  { cacheSeconds }: CacheRights,
  offeredMs: number,
): number {
  const allowedMs = cacheSeconds === null ? offeredMs : cacheSeconds * 1000
  if (allowedMs === 0 || reservedBy(ask.operation) === 'nothing') return 0
  const wish = headers[wishHeader]
  if (typeof wish !== 'string') return cacheSeconds !== null && isSameEachTime(ask) ? allowedMs : 0
  const seconds = /^\d{1,9}$/.test(wish.trim()) ? Number(wish) : 0
  return Math.min(seconds * 1000, allowedMs)
}

function isSameEachTime({ json, operation }: WireAsk): boolean {
  if (operation === 'embed') return true
  const temperature = json.temperature ?? geminiSetting(json, 'temperature')
  return temperature === 0
}
