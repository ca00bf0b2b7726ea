import type { Encoder } from './dialect.ts'
import { createMessagesEncoder } from './messages.ts'

export const dialectNames = ['messages'] as const
export type DialectName = (typeof dialectNames)[number]

export const createEncoder: { readonly [name in DialectName]: () => Encoder } = {
  messages: createMessagesEncoder,
}
