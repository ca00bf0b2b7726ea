/** Reading JSON that nobody vouches for: what is not as expected is as if it were not there. */
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
  return typeof value === 'string' ? value : ''
}

/** Null for what is no text, or an empty one. */
export function asTextOrNull(value: unknown): string | null {
  return asText(value) || null
}

export function asCount(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0
}

/** Seconds, milliseconds or a date in words. */
export function asTime(value: unknown): number | undefined {
  if (typeof value === 'number' && value > 0) return Math.round(value < 1e11 ? value * 1_000 : value)
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) || time <= 0 ? undefined : time
}
