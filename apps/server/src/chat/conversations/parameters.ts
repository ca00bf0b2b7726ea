import type { ChatRequest } from '@parley/wires'
import { z } from 'zod'

/** How a conversation's model is to answer. What is left out is the model's own default. */
export const parametersSchema = z
  .object({
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    max_tokens: z.int().min(1).max(1_000_000).optional(),
    presence_penalty: z.number().min(-2).max(2).optional(),
    frequency_penalty: z.number().min(-2).max(2).optional(),
    stop: z.array(z.string().min(1).max(200)).max(4).optional(),
    reasoning_effort: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
  })
  .meta({ id: 'ConversationParameters' })

export type Parameters = z.output<typeof parametersSchema>

/** The parameters as the neutral request says them. */
export function requestParameters(parameters: Parameters): Partial<ChatRequest> {
  return {
    ...(parameters.temperature === undefined ? {} : { temperature: parameters.temperature }),
    ...(parameters.top_p === undefined ? {} : { topP: parameters.top_p }),
    ...(parameters.max_tokens === undefined ? {} : { maxTokens: parameters.max_tokens }),
    ...(parameters.presence_penalty === undefined ? {} : { presencePenalty: parameters.presence_penalty }),
    ...(parameters.frequency_penalty === undefined ? {} : { frequencyPenalty: parameters.frequency_penalty }),
    ...(parameters.stop === undefined ? {} : { stop: parameters.stop }),
    ...(parameters.reasoning_effort === undefined ? {} : { reasoning: { effort: parameters.reasoning_effort } }),
  }
}
