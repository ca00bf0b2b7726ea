import type { WireName } from '@parley/wires'
import { anthropic } from './anthropic.ts'
import { gemini } from './gemini.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import type { FakeWire } from './wire.ts'

const wires: { readonly [name in WireName]: FakeWire } = {
  anthropic,
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  gemini,
}

export function wireOf(name: WireName): FakeWire {
  return wires[name]
}
