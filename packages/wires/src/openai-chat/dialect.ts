import type { ChatRequest } from '../neutral.ts'
import { isCustomTool } from '../shared/custom-tool.ts'
import { isOpenAiThinker } from '../shared/openai-models.ts'

/**
 * What servers that speak this wire take of what OpenAI has, and have beside it. What is only compatible knows `max_tokens` for
 * sure; strict are Groq and Cerebras, which answer 400 to fields of messages that they do not know.
 *
 * Compared on 2026-11-30 with the clients in the npm packages @mistralai/mistralai 2.7.0, @openrouter/ai-sdk-provider 3.1.0,
 * @ai-sdk/deepseek 3.0.56, @ai-sdk/moonshotai 3.0.60, @ai-sdk/alibaba 2.0.58, @ai-sdk/xai 5.0.12 (all Apache-2.0) and
 * @earendil-works/pi-ai 1.5.2 (MIT), and with the guides that stand beside each.
 */
export type ChatDialect =
  | 'openai'
  | 'compatible'
  | 'strict'
  | 'mistral'
  | 'openrouter'
  | 'deepseek'
  | 'moonshot'
  | 'zhipu'
  | 'qwen'
  | 'xai'

/** The field for the most tokens of a reply. OpenAI's models that think know the newer one alone, whoever serves them. */
export function limitField(model: string, dialect: ChatDialect): 'max_tokens' | 'max_completion_tokens' {
  return dialect === 'openai' || isOpenAiThinker(model) ? 'max_completion_tokens' : 'max_tokens'
}

/** Only OpenAI has tools that take free text. */
export function saysCustom(request: ChatRequest, name: string, dialect: ChatDialect): boolean {
  return dialect === 'openai' && isCustomTool(request, name)
}
