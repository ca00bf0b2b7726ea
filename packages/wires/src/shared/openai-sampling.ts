import type { ChatRequest } from '../neutral.ts'

/**
 * OpenAI's models that think sample as they want, and refuse to be told; some can be told when they do not think. Compared on
 * 2026-11-29 with the rules of the npm package @ai-sdk/openai 4.0.118 (Apache-2.0).
 */
const thinkers = /(?:^|\/)(?:o\d+(?:-|$)|gpt-(?:[5-9]|[1-9]\d)(?!-chat)(?:[.-]|$))/
const thinkersAtWill = /(?:^|\/)gpt-5\.[1-9]/

/** For request writers: without the settings of sampling that the model would refuse. */
export function withTakenSampling(request: ChatRequest): ChatRequest {
  if (!thinkers.test(request.model)) return request
  const { temperature, topP, presencePenalty: _presence, frequencyPenalty: _frequency, ...taken } = request
  if (request.reasoning?.enabled !== false || !thinkersAtWill.test(request.model)) return taken
  return { ...taken, ...(temperature === undefined ? {} : { temperature }), ...(topP === undefined ? {} : { topP }) }
}
