import { fillMessage, type Message, type MessageParameters } from '@parley/contract'

const separator = '\u0000'

/** A text that a schema has room for, which says it in both languages. Words of a schema's own come from here and nowhere else. */
export function inBoth(message: Message, parameters: MessageParameters = {}): string {
  const { en, zh } = fillMessage(message, parameters)
  return `${en}${separator}${zh}`
}

/** What `inBoth` put together. */
export function readBoth(text: string): Message {
  const [en = '', zh = en] = text.split(separator)
  return { en, zh }
}
