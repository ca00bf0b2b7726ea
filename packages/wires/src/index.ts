import { anthropicWire } from './anthropic/wire.ts'
import { openaiChatWire } from './openai-chat/wire.ts'
import type { WireName } from './neutral.ts'
import type { Wire } from './wire.ts'

export * from './neutral.ts'
export type * from './wire.ts'
export * from './sse.ts'
export { defaultMaxTokens } from './anthropic/write-request.ts'
export { assertCarried } from './losses.ts'

export const wires = { anthropic: anthropicWire, 'openai-chat': openaiChatWire } satisfies Partial<
  Record<WireName, Wire>
>
