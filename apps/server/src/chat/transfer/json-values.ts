/** Reading JSON that nobody vouches for: what is not as expected is as if it were not there. */
import { withoutNul } from '../plain-text.ts'

export type Json = { readonly [key: string]: unknown }

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function asObject(value: unknown): Json {
  return isObject(value) ? value : {}
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function asText(value: unknown): string {
  return typeof value === 'string' ? withoutNul(value) : ''
}

/** Null for what is no text, or an empty one. */
export function asTextOrNull(value: unknown): string | null {
  return asText(value) || null
}

export function asCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0
}

/** No message has more tokens, nor costs more; what says so would spoil every sum that it is in. */
const mostTokens = 1e9
const mostCostNanos = 1e15

export function asTokens(value: unknown): number {
  return Math.min(asCount(value), mostTokens)
}

export function asCostNanos(dollars: unknown): number {
  return Math.min(asCount(Math.round(Number(dollars ?? 0) * 1e9)), mostCostNanos)
}

/** The end of the year 9999: later times have another form. */
const lastTime = 253_402_300_799_999

/** Seconds, milliseconds or a date in words. */
export function asTime(value: unknown): number | undefined {
  const time =
    typeof value === 'number' ? Math.round(value < 1e11 ? value * 1_000 : value) : Date.parse(asText(value) || '-')
  return time > 0 && time <= lastTime ? time : undefined
}
