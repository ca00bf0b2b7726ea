import type { WireName } from '../neutral.ts'
import type { EmbeddingCodec } from './codec.ts'
import { geminiEmbeddings } from './gemini.ts'
import { openaiEmbeddings } from './openai.ts'

export const embeddings = {
  'openai-chat': openaiEmbeddings,
  gemini: geminiEmbeddings,
} as const satisfies Partial<Record<WireName, EmbeddingCodec>>
