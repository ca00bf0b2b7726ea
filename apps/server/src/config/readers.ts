/** Readers of settings' texts. Each throws a RangeError that says what the value must be; the caller adds its name. */
import path from 'node:path'
import { readRange } from './address-range.ts'

export type Read<T> = (text: string) => T

/** What they allow is known, for whoever checks the same setting elsewhere. */
export type ReadNumber = Read<number> & { readonly min: number; readonly max: number }
export type ReadChoice<T extends string> = Read<T> & { readonly choices: readonly T[] }

const mostSeconds = 3650 * 86_400
const secondsPer = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const

export const text: Read<string> = (value) => value

export const timeZone: Read<string> = (value) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone
  } catch (cause) {
    throw new RangeError('must be a time zone like Europe/Berlin or UTC', { cause })
  }
}

export const filePath: Read<string> = (value) => path.resolve(value)

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): ReadNumber {
  const read: Read<number> = (value) => {
    const number = Number(value)
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number
    throw new RangeError(`must be a whole number from ${min} to ${max}`)
  }
  return Object.assign(read, { min, max })
}

export const flag: Read<boolean> = (value) => {
  if (/^(true|1|yes|on)$/i.test(value)) return true
  if (/^(false|0|no|off)$/i.test(value)) return false
  throw new RangeError('must be true or false')
}

export function oneOf<const T extends string>(...choices: readonly T[]): ReadChoice<T> {
  const read: Read<T> = (value) => {
    const choice = choices.find((each) => each === value.toLowerCase())
    if (choice !== undefined) return choice
    throw new RangeError(`must be one of ${choices.join(', ')}`)
  }
  return Object.assign(read, { choices })
}

/** `7d`, `12h`, `15m`, `30s`, or plain seconds; in seconds. */
export const duration: Read<number> = (value) => {
  const match = /^(\d+)\s*([smhdw]?)$/i.exec(value)
  const unit = (match?.[2]?.toLowerCase() || 's') as keyof typeof secondsPer
  const seconds = Number(match?.[1]) * secondsPer[unit]
  if (seconds > 0 && seconds <= mostSeconds) return seconds
  throw new RangeError('must be a time like 7d, 12h, 15m or 30s, and ten years at most')
}

export const email: Read<string> = (value) => {
  if (/^[^\s@]+@[^\s@]+$/.test(value)) return value.toLowerCase()
  throw new RangeError('must be an email address')
}

/** An address, alone or after a name: `Parley <parley@example.com>`. */
export const mailbox: Read<string> = (value) => {
  if (/^[^\s@<>]+@[^\s@<>]+$|^[^<>\r\n]*<[^\s@<>]+@[^\s@<>]+>$/.test(value)) return value
  throw new RangeError('must be an email address, or a name and <an address>')
}

export function url(...protocols: readonly string[]): Read<string> {
  return (value) => {
    const protocol = URL.canParse(value) ? new URL(value).protocol : ''
    if (protocols.includes(protocol)) return value
    throw new RangeError(`must be a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`)
  }
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value) =>
    value
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(read)
}

export const origin: Read<string> = (value) => {
  if (value === '*') return value
  const parsed = URL.canParse(value) ? new URL(value) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin
  throw new RangeError('must be origins like https://chat.example.com, separated by commas, or *')
}

export const proxyRange: Read<string> = (value) => {
  if (value === 'loopback') return value
  try {
    readRange(value)
    return value
  } catch (cause) {
    throw new RangeError('must be addresses or CIDR ranges, separated by commas, or the word loopback', { cause })
  }
}
