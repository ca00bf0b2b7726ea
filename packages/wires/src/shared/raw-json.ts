/**
 * Measuring strings inside raw JSON (a latin1 string of UTF-8 bytes, as SseScanner gives it) without parsing it.
 *
 * Sound because a quote inside a JSON string is always escaped: the characters `"text"` with both quotes bare are a key
 * or a whole value, never part of a longer string. /!\ Hot path: meters run this on every event.
 */

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const letterU = 0x75

/** The UTF-16 length of all strings that stand under this key, wherever it is. `quotedKey` has its quotes: `"text"`. */
export function rawStringLengths(raw: string, quotedKey: string): number {
  let total = 0
  let at = raw.indexOf(quotedKey)
  while (at !== -1) {
    const value = valueStart(raw, at + quotedKey.length)
    if (value !== -1 && raw.charCodeAt(value) === quote) total += rawStringLength(raw, value + 1)
    at = raw.indexOf(quotedKey, at + quotedKey.length)
  }
  return total
}

/** Whether the key stands anywhere with a value that begins with this character: `{`, `[` or `"`. */
export function rawHas(raw: string, quotedKey: string, firstCharacter: string): boolean {
  let at = raw.indexOf(quotedKey)
  while (at !== -1) {
    const value = valueStart(raw, at + quotedKey.length)
    if (value !== -1 && raw[value] === firstCharacter) return true
    at = raw.indexOf(quotedKey, at + quotedKey.length)
  }
  return false
}

/** The UTF-16 length of the JSON string whose first character (after its quote) is at `from`. */
function rawStringLength(raw: string, from: number): number {
  let length = 0
  for (let at = from; at < raw.length; at += 1) {
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

/** Where the value begins when a colon follows, else -1. */
function valueStart(raw: string, from: number): number {
  const at = skipSpace(raw, from)
  return raw.charCodeAt(at) === colon ? skipSpace(raw, at + 1) : -1
}

function skipSpace(raw: string, from: number): number {
  let at = from
  while (raw.charCodeAt(at) === 0x20) at += 1
  return at
}
