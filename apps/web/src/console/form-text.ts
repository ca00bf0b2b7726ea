/** What people type in forms, read into what the server takes. */

/** `a, b，c` and one per line. */
export function readList(typed: string): string[] {
  return typed
    .split(/[,，;；\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Sentences may have commas. */
export function readSentences(typed: string): string[] {
  return typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const withThousands = /^-?\d{1,3}(,\d{3})+(\.\d+)?$/

/** A number, null where nothing was typed. Undefined: it is none. A comma that separates no thousands may mean anything. */
export function tryNumber(typed: string): number | null | undefined {
  const trimmed = typed.trim()
  if (trimmed === '') return null
  const value = Number(withThousands.test(trimmed) ? trimmed.replaceAll(',', '') : trimmed)
  return Number.isFinite(value) ? value : undefined
}

/** A line of a text that cannot be read, counted from 1. */
export class UnreadableLine extends Error {
  override readonly name = 'UnreadableLine'
  readonly line: number

  constructor(line: number) {
    super(`line ${line} cannot be read`)
    this.line = line
  }
}

/** `name = upstream-name` or `name`, one per line; null when there is none. */
export function readModelMap(typed: string): Record<string, string> | null {
  const pairs = readLines(typed, (line) => {
    const [name = '', upstream = name, ...rest] = line.split('=').map((part) => part.trim())
    return rest.length === 0 && name !== '' && upstream !== '' && !/\s/.test(name) ? [name, upstream] : undefined
  })
  return pairs.length === 0 ? null : Object.fromEntries(pairs)
}

export function writeModelMap(models: Readonly<Record<string, string>> | null): string {
  return Object.entries(models ?? {})
    .map(([name, upstream]) => (name === upstream ? name : `${name} = ${upstream}`))
    .join('\n')
}

/** `flex = 0.5, priority = 2`; what is no number is NaN, which the server refuses. */
export function readFactors(typed: string): Record<string, number> {
  const pairs = readList(typed).map((part) => part.split('=').map((side) => side.trim()))
  return Object.fromEntries(pairs.map(([name = '', factor = '']) => [name, tryNumber(factor) ?? Number.NaN]))
}

export function writeFactors(factors: Readonly<Record<string, number>>): string {
  return Object.entries(factors)
    .map(([name, factor]) => `${name} = ${factor}`)
    .join(', ')
}

/** `Name: value`, one per line; null when there is none. */
export function readHeaders(typed: string): Record<string, string> | null {
  const pairs = readLines(typed, (line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim()
    return /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? [name, line.slice(colon + 1).trim()] : undefined
  })
  return pairs.length === 0 ? null : Object.fromEntries(pairs)
}

export function writeHeaders(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

function readLines(typed: string, read: (line: string) => [string, string] | undefined): [string, string][] {
  return typed.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    const pair = read(line)
    if (pair === undefined) throw new UnreadableLine(index + 1)
    return [pair]
  })
}
