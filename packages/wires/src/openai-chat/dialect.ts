import type { ChatRequest } from '../neutral.ts'
import { isCustomTool } from '../shared/custom-tool.ts'
import { isOpenAiThinker } from '../shared/openai-models.ts'

/**
 * What servers that speak this wire take of OpenAI's newer fields: OpenAI's own all of them. What is only compatible knows
 * `max_tokens` for sure. Mistral's answers 422 to any field that its own API does not have (client @mistralai/mistralai,
 * 2026-11), and says the usage of a stream without being asked. OpenRouter wants the pieces of thinking that it gave back
 * unchanged (Reasoning tokens guide, "Preserving reasoning", 2026-11); others refuse a field that they do not know.
 */
export type ChatDialect = 'openai' | 'compatible' | 'mistral' | 'openrouter'

/** The field for the most tokens of a reply. OpenAI's models that think know the newer one alone, whoever serves them. */
export function limitField(model: string, dialect: ChatDialect): 'max_tokens' | 'max_completion_tokens' {
  return dialect === 'openai' || isOpenAiThinker(model) ? 'max_completion_tokens' : 'max_tokens'
}

/** Only OpenAI has tools that take free text. */
export function saysCustom(request: ChatRequest, name: string, dialect: ChatDialect): boolean {
  return dialect === 'openai' && isCustomTool(request, name)
}
