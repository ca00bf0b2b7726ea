import { type ErrorCode, errorTable, formatMessage, type Language, type Message } from '@parley/contract'
import { tryOwn } from '@parley/wires'
import type { RunError } from './runs/run-event.ts'

export const texts = {
  defaultTitle: { en: 'New conversation', zh: '新对话' },
} as const satisfies { readonly [name: string]: Message }

/** What an upstream does, in words of ours: its own say what the inside looks like, in a language of its own. */
const upstreamCodes: { readonly [kind: string]: ErrorCode } = {
  server: 'upstream_failed',
  overloaded: 'upstream_failed',
  unavailable: 'upstream_failed',
  timeout: 'upstream_timeout',
}

/** An engine's error as the person who asked reads it. */
export function describeError(error: RunError, language: Language): RunError {
  const code = tryOwn(upstreamCodes, error.code) ?? error.code
  const definition: Message | undefined = Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode] : undefined
  // Without its parameters such a text cannot be said again; then the English one that comes with the error stands.
  const canBeSaid = definition !== undefined && (error.parameters !== undefined || !definition.en.includes('{'))
  return canBeSaid ? { ...error, code, message: formatMessage(definition, language, error.parameters) } : error
}
