/** A page's filters are in its address: to go back to, to reload, to send to somebody. */
import { useNavigate, useSearch } from '@tanstack/react-router'

export interface UrlFilter<Name extends string> {
  /** What is not set is empty. */
  readonly values: Readonly<Record<Name, string>>
  readonly change: (changes: Partial<Record<Name, string>>) => void
}

export function useUrlFilter<Name extends string>(names: readonly Name[]): UrlFilter<Name> {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>
  const navigate = useNavigate()
  const values = Object.fromEntries(names.map((name) => [name, wordOf(search[name])])) as Record<Name, string>
  return {
    values,
    change: (changes) => {
      const entries = Object.entries({ ...values, ...changes }).filter(([, value]) => value !== '')
      void navigate({ to: '.', search: Object.fromEntries(entries), replace: true })
    },
  }
}

/** Addresses are read as JSON: a name of digits comes as a number. */
function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
