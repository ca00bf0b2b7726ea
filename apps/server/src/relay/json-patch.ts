import { characters } from '@parley/wires'

const { backslash, closeBrace, closeBracket, comma, isSpace, openBrace, openBracket, quote } = characters

/**
 * Changes one top-level field in the bytes of a JSON object and leaves every other byte as it was: the order of fields,
 * white space, number spellings and unknown fields are the client's own, and prompt caches depend on them.
 */

/** The body with the field set to `json` (JSON text): replaced where it stands, else added in front. `body` must be a valid JSON object. */
export function setTopLevelField(body: Buffer, key: string, json: string): Buffer {
  const place = findTopLevelValue(body, key)
  if (place) return Buffer.concat([body.subarray(0, place.start), Buffer.from(json), body.subarray(place.end)])
  const open = body.indexOf(openBrace) + 1
  const isEmpty = body[skipSpace(body, open)] === closeBrace
  return Buffer.concat([
    body.subarray(0, open),
    Buffer.from(`${JSON.stringify(key)}:${json}${isEmpty ? '' : ','}`),
    body.subarray(open),
  ])
}

interface Place {
  start: number
  end: number
}

/** Where the value of a top-level key stands; the last one if the key stands twice, as JSON.parse takes it. */
function findTopLevelValue(body: Buffer, key: string): Place | undefined {
  let found: Place | undefined
  let at = skipSpace(body, body.indexOf(openBrace) + 1)
  while (at < body.length && body[at] !== closeBrace) {
    const keyEnd = skipString(body, at)
    const name: unknown = JSON.parse(body.toString('utf8', at, keyEnd))
    const start = skipSpace(body, skipSpace(body, keyEnd) + 1)
    const end = skipValue(body, start)
    if (name === key) found = { start, end }
    at = skipSpace(body, end)
    if (body[at] === comma) at = skipSpace(body, at + 1)
  }
  return found
}

function skipSpace(body: Buffer, from: number): number {
  let at = from
  while (isSpace(body[at])) at += 1
  return at
}

/** `from` is at the opening quote; the result is after the closing one. Searching is native, because prompts are long. */
function skipString(body: Buffer, from: number): number {
  let at = from
  for (;;) {
    at = body.indexOf(quote, at + 1)
    if (at === -1) return body.length
    let backslashes = 0
    while (body[at - 1 - backslashes] === backslash) backslashes += 1
    if (backslashes % 2 === 0) return at + 1
  }
}

function skipValue(body: Buffer, from: number): number {
  const first = body[from]
  if (first === quote) return skipString(body, from)
  if (first === openBrace || first === openBracket) return skipNested(body, from)
  let at = from
  while (at < body.length) {
    const byte = body[at]
    if (byte === comma || byte === closeBrace || isSpace(byte)) break
    at += 1
  }
  return at
}

function skipNested(body: Buffer, from: number): number {
  let depth = 0
  let at = from
  while (at < body.length) {
    const byte = body[at]
    if (byte === quote) {
      at = skipString(body, at)
      continue
    }
    if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) depth -= 1
    at += 1
    if (depth === 0) break
  }
  return at
}
