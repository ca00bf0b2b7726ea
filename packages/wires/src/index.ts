import { anthropicWire } from './anthropic/wire.ts'
import { openaiChatWire } from './openai-chat/wire.ts'
import { geminiWire } from './gemini/wire.ts'
import { openaiResponsesWire } from './openai-responses/wire.ts'
import type { WireName } from './neutral.ts'
import type { Wire } from './wire.ts'

export * from './neutral.ts'
export type * from './faults.ts'
export type * from './wire.ts'
export * from './sse.ts'
export { defined, isObject, tryOwn } from './fields.ts'
export { chooseWire } from './choose-wire.ts'
export { defaultMaxTokens } from './anthropic/write-settings.ts'
export { type ArrayStreamWriter, createGeminiArrayWriter } from './gemini/array-stream.ts'
export * as characters from './shared/characters.ts'
export { type ChatDialect, limitField } from './openai-chat/dialect.ts'
export { completions } from './completions/completions.ts'
export { embeddings } from './embeddings/embeddings.ts'
export { assertHoldable, HeldBody, longestHeld, TooLongError } from './shared/held.ts'
export { assertNotTooDeep, isTooDeep } from './shared/json.ts'
export { parseExactly } from './shared/json.ts'
export { createJsonMeter } from './shared/meter.ts'
export { tryFieldOf } from './shared/media.ts'
export { readTier, tierName } from './shared/service-tier.ts'
export { tryWithoutWrapped } from './shared/wrapped-thinking.ts'
export { compactions } from './openai-responses/compactions.ts'
export { conversationItems, expandState, inputItems, type StoredItems } from './openai-responses/state.ts'

export const wires: Readonly<Record<WireName, Wire>> = {
  anthropic: anthropicWire,
  'openai-chat': openaiChatWire,
  'openai-responses': openaiResponsesWire,
  gemini: geminiWire,
}
