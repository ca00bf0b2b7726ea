import { canCarry } from './carried.ts'
import type { ChatRequest, WireName } from './neutral.ts'
import { isOpenAiThinker } from './shared/openai-models.ts'

/**
 * Which of the wires that an upstream speaks a request is put into, when its caller speaks none of them: the first. Models of
 * OpenAI that think are asked on Responses, as long as it can carry the request: on Chat Completions the newer ones refuse to
 * think when tools are offered, and some are not there at all (`gpt-5-pro`, the codex models).
 */
export function chooseWire(request: ChatRequest, spoken: readonly WireName[]): WireName | undefined {
  const prefersResponses = spoken.includes('openai-responses') && isOpenAiThinker(request.model)
  return prefersResponses && canCarry(request, 'openai-responses') ? 'openai-responses' : spoken[0]
}
