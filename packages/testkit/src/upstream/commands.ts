import type { Behaviour, UsageSaying } from './behaviour.ts'
import type { FinishReason } from '@parley/wires'

/**
 * Commands in the last user message, so that a fake upstream can be told what to do through anything that stands
 * before it. They are the same on every wire; a name that is not in this table is ordinary text.
 */
type Command = (argument: string) => Behaviour

const numberOf = (argument: string, fallback: number): number => (/^\d+$/.test(argument) ? Number(argument) : fallback)

const withArgument: { readonly [name: string]: Command } = {
  fail: (argument) => ({ error: numberOf(argument, 500) }),
  html: (argument) => ({ error: { status: numberOf(argument, 502), body: 'html' } }),
  empty: (argument) => ({ error: { status: numberOf(argument, 500), body: 'empty' } }),
  'fail-200': (argument) => ({ status: 200, error: numberOf(argument, 529) }),
  'error-after': (argument) => ({ errorEvent: { afterEvents: numberOf(argument, 3) } }),
  'retry-after': (argument) => ({ error: 429, headers: { 'retry-after': argument } }),
  'stall-after': (argument) => ({ stall: { afterEvents: numberOf(argument, 3) } }),
  'cut-at': (argument) => ({ cut: { atByte: numberOf(argument, 100) } }),
  'cut-after': (argument) => ({ cut: { afterEvents: numberOf(argument, 3) } }),
  'cut-inside': (argument) => ({ cut: { insideCharacter: numberOf(argument, 1) } }),
  'end-after': (argument) => ({ end: { afterEvents: numberOf(argument, 3) } }),
  split: (argument) => ({ split: numberOf(argument, 1) }),
  slow: (argument) => ({ eventEveryMs: numberOf(argument, 20) }),
  delay: (argument) => ({ headersAfterMs: numberOf(argument, 100) }),
  first: (argument) => ({ firstEventAfterMs: numberOf(argument, 100) }),
  tools: (argument) => ({ tools: numberOf(argument, 1) }),
  words: (argument) => ({ words: numberOf(argument, 50) }),
  bytes: (argument) => ({ bytes: numberOf(argument, 1_000_000) }),
  finish: (argument) => ({ finish: argument as FinishReason }),
  usage: (argument) => ({ sayUsage: argument as UsageSaying }),
}

const bare: { readonly [name: string]: Behaviour } = {
  think: { thinking: true },
  image: { image: true },
  refuse: { refusal: true },
  json: { json: { answer: '四十二', number: 42 } },
  stall: { stall: 'before-headers' },
  reset: { reset: true },
  'end-early': { end: 'before-final' },
  crlf: { lineEnd: 'crlf' },
  pings: { pings: 'comment' },
  garbage: { garbage: 'harmless' },
  broken: { garbage: 'broken-json' },
}

/** Every command, for help texts. */
export const commandNames: readonly string[] = [...Object.keys(withArgument), ...Object.keys(bare)]

export function readCommands(text: string): Behaviour | undefined {
  if (!text.includes('/')) return undefined
  let behaviour: Behaviour | undefined
  for (const [, name = '', argument = ''] of text.matchAll(/(?<=^|\s)\/([a-z0-9-]+)(?:[ \t]+([\w.-]+))?/g)) {
    const command = withArgument[name]
    const meant = command === undefined ? bare[name] : command(argument)
    if (meant !== undefined) behaviour = { ...behaviour, ...meant }
  }
  return behaviour
}
