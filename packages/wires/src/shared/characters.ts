/** Codes of the characters that scanners of JSON and of event streams look for, the same in bytes and in text. */
export const lineFeed = 0x0a
export const carriageReturn = 0x0d
export const space = 0x20
export const quote = 0x22
export const comma = 0x2c
export const colon = 0x3a
export const openBracket = 0x5b
export const backslash = 0x5c
export const closeBracket = 0x5d
export const letterU = 0x75
export const openBrace = 0x7b
export const closeBrace = 0x7d

/** White space as JSON has it. */
export function isSpace(code: number | undefined): boolean {
  return code === space || code === lineFeed || code === carriageReturn || code === 0x09
}
