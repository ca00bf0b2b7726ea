import { defined } from '../fields.ts'
import type { ChatRequest, JsonObject } from '../neutral.ts'
import type { ReplyDraft } from './reply.ts'
import { writeUsage } from './usage.ts'
import { extraOf, writeFormat, writeReasoning, writeServiceTier } from './write-request.ts'
import { writeToolChoice, writeTools } from './write-tools.ts'

/** The `response` object: what the reply is so far, and the settings of the request that it answers. */
export function writeReplyObject(draft: ReplyDraft): JsonObject {
  const { context, output, usage, outcome } = draft
  return {
    id: draft.id,
    object: 'response',
    created_at: context.createdAt,
    background: false,
    error: null,
    incomplete_details: null,
    ...echoRequest(context.request),
    model: context.model,
    output,
    usage: usage === undefined || outcome.status === 'in_progress' ? null : writeUsage(usage),
    ...outcome,
  }
}

/** What the provider's API says where the request said nothing. */
const defaults = {
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  service_tier: 'default',
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
} satisfies JsonObject

const plainReasoning = { effort: null, summary: null }
const plainFormat = { format: { type: 'text' } }

function echoRequest(request: ChatRequest | undefined): JsonObject {
  if (request === undefined) return { ...defaults, reasoning: plainReasoning, text: plainFormat, store: false }
  const extra = extraOf(request)
  const settings = defined<JsonObject>({
    instructions: request.system[0]?.text,
    max_output_tokens: request.maxTokens,
    max_tool_calls: extra.max_tool_calls,
    metadata: request.metadata,
    parallel_tool_calls: request.parallelToolCalls,
    previous_response_id: extra.previous_response_id,
    prompt_cache_key: request.cacheKey,
    safety_identifier: extra.safety_identifier,
    service_tier: writeServiceTier(request.serviceTier),
    temperature: request.temperature,
    tool_choice: writeToolChoice(request),
    tools: writeTools(request),
    top_logprobs: extra.top_logprobs,
    top_p: request.topP,
    truncation: extra.truncation,
    user: request.userId,
  })
  return {
    ...defaults,
    ...settings,
    reasoning: { ...plainReasoning, ...writeReasoning(request) },
    text: { ...plainFormat, ...writeFormat(request.output), ...textSettings(extra) },
    store: extra.store === true,
  }
}

function textSettings({ text }: JsonObject): JsonObject {
  return typeof text === 'object' && text !== null && !Array.isArray(text) ? text : {}
}
