import type { JsonObject } from '../neutral.ts'
import { backslash, closeBrace, colon, letterU, openBrace, quote, space } from './characters.ts'
import { tryParseObject } from './json.ts'

/**
 * Finding strings inside raw JSON (a latin1 string of UTF-8 bytes, as SseScanner gives it) without parsing it.
 *
 * Sound because a quote inside a JSON string is always escaped: the characters `"text"` with both quotes bare are a key
 * or a whole value, never part of a longer string. /!\ Hot path: meters run this on every event.
 */

/** Gets each of the keys that has a string or an object as its value, and where that value begins. */
export type KeyVisitor = (key: string, valueAt: number) => void

/** One pass over the text for all keys together: many searches for one key each cost more than parsing. */
export function createKeyFinder(keys: readonly string[]): (raw: string, visit: KeyVisitor) => void {
  const pattern = new RegExp(`"(${keys.join('|')})"\\s*:\\s*(?=["{])`, 'g')
  return (raw, visit) => {
    pattern.lastIndex = 0
    for (let match = pattern.exec(raw); match !== null; match = pattern.exec(raw)) {
      const valueAt = pattern.lastIndex
      visit(match[1] ?? '', valueAt)
      pattern.lastIndex = valueAt
    }
  }
}

/** The UTF-16 length of all strings that stand under these keys, wherever they are. */
export function createLengthReader(keys: readonly string[]): (raw: string) => number {
  const pattern = new RegExp(`"(?:${keys.join('|')})"\\s*:\\s*"`, 'g')
  return (raw) => {
    let total = 0
    pattern.lastIndex = 0
    while (pattern.test(raw)) total += rawStringLength(raw, pattern.lastIndex)
    return total
  }
}

/** The same for one key, `quotedKey` with its quotes: `"delta"`. */
export function rawStringLengths(raw: string, quotedKey: string): number {
  let total = 0
  for (let at = raw.indexOf(quotedKey); at !== -1; at = raw.indexOf(quotedKey, at + quotedKey.length)) {
    const value = valueStart(raw, at + quotedKey.length)
    if (raw.charCodeAt(value) === quote) total += rawStringLength(raw, value + 1)
  }
  return total
}

/**
 * The object under a key that is there once, `quotedKey` with its quotes: of a long text only this is parsed. Undefined when
 * there is none, or when the text has the key more than once: then only parsing all of it tells which is meant.
 */
export function tryParseUnder(raw: string, quotedKey: string): JsonObject | undefined {
  const at = raw.indexOf(quotedKey)
  if (at === -1 || raw.indexOf(quotedKey, at + quotedKey.length) !== -1) return undefined
  const value = valueStart(raw, at + quotedKey.length)
  return value === -1 ? undefined : tryParseObject(objectAt(raw, value))
}

/** From a brace to the brace that closes it, '' when none does. For objects without braces in their strings. */
export function objectAt(raw: string, from: number): string {
  let depth = 0
  for (let at = from; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at)
    if (code === openBrace) depth += 1
    else if (code === closeBrace) depth -= 1
    if (depth === 0) return raw.slice(from, at + 1)
  }
  return ''
}

/** Where the value begins when a colon follows, else -1. */
function valueStart(raw: string, from: number): number {
  const at = skipSpace(raw, from)
  return raw.charCodeAt(at) === colon ? skipSpace(raw, at + 1) : -1
}

function skipSpace(raw: string, from: number): number {
  let at = from
  while (raw.charCodeAt(at) === space) at += 1
  return at
}

/** Most text is plain ASCII, which the expression engine passes over faster than a loop. */
const plainRun = /[ !#-[\]-~]*/y

/** The UTF-16 length of the JSON string whose first character (after its quote) is at `from`. */
export function rawStringLength(raw: string, from: number): number {
  plainRun.lastIndex = from
  plainRun.test(raw)
  let length = plainRun.lastIndex - from
  for (let at = plainRun.lastIndex; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at)
    if (code === quote) break
    if (code === backslash) {
      at += raw.charCodeAt(at + 1) === letterU ? 5 : 1
      length += 1
    } else if (code < 0x80) length += 1
    else if (code >= 0xf0) length += 2
    else if (code >= 0xc0) length += 1
  }
  return length
}
