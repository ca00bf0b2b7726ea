/**
 * What upstreams say of their limits and balances in their answers' headers: Anthropic's `anthropic-ratelimit-*`, OpenAI's
 * `x-ratelimit-*` and those who write them the same way. Read when somebody asks or a limit is reached, not with each call.
 */
export interface SeenLimit {
  /** As the upstream names it: `requests`, `tokens`, `input-tokens`, `unified-5h`. */
  readonly name: string
  readonly limit: number | null
  readonly remaining: number | null
  /** Milliseconds since 1970. */
  readonly resetsAt: number | null
  /** What the upstream says in words: `allowed`, `rejected`. */
  readonly status: string | null
}

export type Headers = { readonly [name: string]: string | string[] | undefined }

type Part = 'limit' | 'remaining' | 'reset' | 'status'

interface Said {
  readonly name: string
  readonly part: Part
  readonly value: string
}

export interface SeenLimits {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly limits: readonly SeenLimit[]
}

export function readSeenLimits(headers: Headers, now: number): SeenLimit[] {
  const limits = new Map<string, { -readonly [Key in keyof SeenLimit]: SeenLimit[Key] }>()
  for (const [header, value] of Object.entries(headers)) {
    const said = typeof value === 'string' ? tryPart(header.toLowerCase(), value) : undefined
    if (said === undefined) continue
    let limit = limits.get(said.name)
    if (limit === undefined) {
      limit = { name: said.name, limit: null, remaining: null, resetsAt: null, status: null }
      limits.set(said.name, limit)
    }
    if (said.part === 'reset') limit.resetsAt = tryReset(said.value, now) ?? null
    else if (said.part === 'status') limit.status = said.value.slice(0, 50)
    else limit[said.part] = tryCount(said.value) ?? null
  }
  return [...limits.values()].sort((left, right) => (left.name < right.name ? -1 : 1))
}

/** When the limits that are reached are over, and whether they are the account's as a whole; undefined: no word of it. */
export function untilReset(
  limits: readonly SeenLimit[],
  now: number,
): { readonly forMs: number; readonly scope: 'account' | 'model' } | undefined {
  const reached = limits.filter(({ remaining, status }) => remaining === 0 || status === 'rejected')
  const ends = reached.flatMap(({ name, resetsAt }) =>
    resetsAt !== null && resetsAt > now ? [{ forMs: resetsAt - now, isWhole: name.startsWith('unified') }] : [],
  )
  const [last] = ends.sort((left, right) => right.forMs - left.forMs)
  return last && { forMs: last.forMs, scope: last.isWhole ? 'account' : 'model' }
}

function tryPart(header: string, value: string): Said | undefined {
  const anthropic = /^anthropic-ratelimit-(.+)-(limit|remaining|reset|status)$/.exec(header)
  if (anthropic) return { name: anthropic[1] ?? '', part: anthropic[2] as Part, value }
  const openai = /^x-ratelimit-(limit|remaining|reset)-(.+)$/.exec(header)
  if (openai) return { name: openai[2] ?? '', part: openai[1] as Part, value }
  const plain = /^x-ratelimit-(limit|remaining|reset)$/.exec(header)
  return plain ? { name: 'requests', part: plain[1] as Part, value } : undefined
}

function tryCount(text: string): number | undefined {
  const count = Number(text)
  return text.trim() !== '' && Number.isFinite(count) ? count : undefined
}

const millisecondsPer = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** Larger numbers are times, in seconds or milliseconds since 1970; smaller ones are seconds from now. */
const firstTimeInSeconds = 1_000_000_000
const firstTimeInMilliseconds = 1_000_000_000_000

/** A time (RFC 3339, seconds since 1970), seconds from now, or a length as OpenAI writes it: `6m0s`, `20ms`. */
function tryReset(text: string, now: number): number | undefined {
  const number = tryCount(text)
  if (number !== undefined) {
    if (number >= firstTimeInMilliseconds) return Math.round(number)
    return Math.round(number >= firstTimeInSeconds ? number * 1000 : now + number * 1000)
  }
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)]
    return Math.round(parts.reduce((sum, [, count, unit]) => sum + Number(count) * millisecondsPer[unit as 'ms'], now))
  }
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}
