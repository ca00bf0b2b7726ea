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

/** The code of ours whose text says an error again in any language. One that needs parameters and has none cannot be said. */
export function trySayableCode({ code: said, parameters }: RunError): ErrorCode | undefined {
  const code = tryOwn(upstreamCodes, said) ?? said
  if (!isErrorCode(code)) return undefined
  return parameters !== undefined || !errorTable[code].en.includes('{') ? code : undefined
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code)
}

/** An engine's error as the person who asked reads it; the words that came with it where we have none. */
export function describeError(error: RunError, language: Language): RunError {
  const code = trySayableCode(error)
  if (code === undefined) return error
  return { ...error, code, message: formatMessage(errorTable[code], language, error.parameters) }
}
