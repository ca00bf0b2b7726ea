import { limitPers, limitWhats } from '@parley/contract'
import { InvalidArgumentError } from 'commander'

/** Readers of what is typed after an option; commander says which option it was. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new InvalidArgumentError('It must be a whole number.')
}

export function list(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim())
  if (entries.every((entry) => entry !== '')) return entries
  throw new InvalidArgumentError('It must be a list with commas.')
}

/** A day or time, or `never`: commander takes null for nothing said. */
export function timeOrNever(text: string): string {
  if (text === 'never') return text
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  throw new InvalidArgumentError('It must be a time like 2026-12-31 or 2026-12-31T18:00:00Z, or never.')
}

export function onOrOff(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new InvalidArgumentError('It must be on or off.')
}

const limitForm = new RegExp(`^(\\d+(?:\\.\\d+)?) (${limitWhats.join('|')})(?: per (${limitPers.join('|')}))?$`)

export interface LimitArgument {
  readonly what: string
  readonly per: string
  readonly max: string
}

/** `5 cost per day`, `20 requests per minute`, `3 concurrency`. Repeatable. */
export function limits(text: string, before: readonly LimitArgument[] = []): LimitArgument[] {
  const [, max, what, per = 'total'] = limitForm.exec(text.trim()) ?? []
  if (max === undefined || what === undefined)
    throw new InvalidArgumentError(
      'It must be like "5 cost per day" (US dollars), "20 requests per minute" or "3 concurrency".',
    )
  return [...before, { what, per, max }]
}

/** `public=upstream` pairs or plain names, with commas. */
export function models(text: string): { [id: string]: string } {
  return Object.fromEntries(
    list(text).map((entry) => {
      const at = entry.indexOf('=')
      return at === -1 ? [entry, entry] : [entry.slice(0, at), entry.slice(at + 1)]
    }),
  )
}

/** A list's address with its filters. */
export function withQuery(path: string, query: { readonly [name: string]: string | number | undefined }): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`
}
