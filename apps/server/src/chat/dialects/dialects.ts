import type { Config } from '../../config/config.ts'
import { createAnthropicEncoder } from './anthropic.ts'
import { createChatEncoder } from './chat.ts'
import type { Encoder } from './dialect.ts'
import { createMessagesEncoder } from './messages.ts'

export const dialectNames = ['messages', 'chat', 'anthropic'] as const
export type DialectName = (typeof dialectNames)[number]
export type Dialects = { readonly [name in DialectName]: () => Encoder }

export type DialectsConfig = Pick<Config['chat'], 'isUsageSent' | 'isUsageFromUpstreamOnly'>

/** The three ways to say a run, for three kinds of front end. */
export function createDialects(config: DialectsConfig): Dialects {
  return {
    messages: createMessagesEncoder,
    chat: () => createChatEncoder(config),
    anthropic: createAnthropicEncoder,
  }
}
