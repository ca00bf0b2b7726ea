/**
 * What the doors take and answer, for the description of the API: what the wires' own documents require, and what we act on.
 * Everything else goes through as it is, so nothing is checked by these.
 */
import { z } from 'zod'
import { eventStream, type Media } from '../../http/media.ts'

const object = z.looseObject({})
const objects = z.array(object)
const usage = object.describe('Tokens')
const model = z.string().describe('One of GET /v1/models')
const stream = z.boolean().optional().describe('True: server-sent events')

const message = z.looseObject({ role: z.string(), content: z.union([z.string(), objects]).nullish() })

const anthropicRequest = z
  .looseObject({ model, max_tokens: z.int(), messages: z.array(message), stream })
  .meta({ id: 'AnthropicRequest' })

const anthropicCount = z.looseObject({ model, messages: z.array(message) }).meta({ id: 'AnthropicCountRequest' })

const anthropicMessage = z
  .looseObject({
    id: z.string(),
    type: z.literal('message'),
    role: z.literal('assistant'),
    model: z.string(),
    content: objects,
    stop_reason: z.string().nullable(),
    usage,
  })
  .meta({ id: 'AnthropicMessage' })

const anthropicError = z
  .looseObject({ type: z.literal('error'), error: z.looseObject({ type: z.string(), message: z.string() }) })
  .meta({ id: 'AnthropicError' })

const chatRequest = z.looseObject({ model, messages: z.array(message), stream }).meta({ id: 'ChatCompletionRequest' })

const choices = { id: z.string(), created: z.int(), model: z.string(), choices: objects, usage: usage.optional() }

const chatCompletion = z
  .looseObject({ object: z.literal('chat.completion'), ...choices })
  .meta({ id: 'ChatCompletion' })

const completionRequest = z
  .looseObject({ model, prompt: z.union([z.string(), z.array(z.unknown())]), stream })
  .meta({ id: 'CompletionRequest' })

const completion = z.looseObject({ object: z.literal('text_completion'), ...choices }).meta({ id: 'Completion' })

const embeddingRequest = z
  .looseObject({ model, input: z.union([z.string(), z.array(z.unknown())]) })
  .meta({ id: 'EmbeddingRequest' })

const embeddings = z
  .looseObject({ object: z.literal('list'), data: objects, model: z.string(), usage })
  .meta({ id: 'Embeddings' })

const responseRequest = z
  .looseObject({ model, input: z.union([z.string(), objects]), stream })
  .meta({ id: 'ResponseRequest' })

const response = z
  .looseObject({
    id: z.string(),
    object: z.literal('response'),
    created_at: z.number(),
    status: z.string(),
    model: z.string(),
    output: objects,
  })
  .meta({ id: 'Response' })

const compactedResponse = z
  .looseObject({
    id: z.string(),
    object: z.literal('response.compaction'),
    created_at: z.number(),
    output: objects,
    usage,
  })
  .meta({ id: 'CompactedResponse' })

const deletedResponse = z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) })

const page = { first_id: z.string().nullable(), last_id: z.string().nullable(), has_more: z.boolean() }
const inputItems = z.object({ object: z.literal('list'), data: objects, ...page })

const openaiError = z
  .looseObject({ error: z.looseObject({ message: z.string(), type: z.string(), code: z.string().nullish() }) })
  .meta({ id: 'OpenAiError' })

const geminiRequest = z
  .looseObject({
    contents: objects.optional().describe('generateContent, streamGenerateContent, countTokens'),
    content: object.optional().describe('embedContent'),
    requests: objects.optional().describe('batchEmbedContents'),
  })
  .meta({ id: 'GeminiRequest' })

const geminiReply = z
  .looseObject({
    candidates: objects.optional(),
    usageMetadata: usage.optional(),
    totalTokens: z.int().optional().describe('countTokens'),
    embedding: object.optional().describe('embedContent'),
    embeddings: objects.optional().describe('batchEmbedContents'),
  })
  .meta({ id: 'GeminiReply' })

const geminiError = z
  .looseObject({ error: z.looseObject({ code: z.int(), message: z.string(), status: z.string() }) })
  .meta({ id: 'GeminiError' })

const openaiModel = z
  .looseObject({ id: z.string(), object: z.literal('model'), created: z.int(), owned_by: z.string() })
  .meta({ id: 'OpenAiModel' })
const anthropicModel = z
  .looseObject({ type: z.literal('model'), id: z.string(), display_name: z.string(), created_at: z.string() })
  .meta({ id: 'AnthropicModel' })
const geminiModel = z
  .looseObject({ name: z.string(), displayName: z.string(), supportedGenerationMethods: z.array(z.string()) })
  .meta({ id: 'GeminiModel' })

const geminiModels = z.looseObject({ models: z.array(geminiModel) })
const models = z.union([
  z.looseObject({ object: z.literal('list'), data: z.array(openaiModel) }),
  z.looseObject({ data: z.array(anthropicModel), ...page }),
  geminiModels,
])

const sums = {
  requests: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  total_tokens: z.int(),
  cost_usd: z.number(),
}

const keyLimit = z.object({
  what: z.string(),
  per: z.string(),
  max: z.number(),
  used: z.number(),
  held: z.number().describe('Of calls under way'),
  remaining: z.number(),
  resets_at: z.string().nullable(),
})
export type KeyLimit = z.output<typeof keyLimit>

const keyUsage = z.object({
  key_id: z.string(),
  name: z.string(),
  today: z.object(sums),
  this_month: z.object(sums),
  total: z.object(sums),
  days: z.array(z.object({ date: z.string(), ...sums })),
  limits: z.array(keyLimit),
})
export type KeyUsage = z.output<typeof keyUsage>

const keyInfo = z.object({
  id: z.string(),
  name: z.string(),
  is_enabled: z.boolean(),
  expires_at: z.string().nullable(),
  models: z.array(z.string()).nullable(),
  wires: z.array(z.string()).nullable(),
  limits: z.array(keyLimit),
})
export type KeyInfo = z.output<typeof keyInfo>

const json = (schema: z.ZodType): Media => ({ 'application/json': schema })
const wholeOrStream = (schema: z.ZodType): Media => ({ ...json(schema), ...eventStream })

const byAnthropic = { refuses: anthropicError }
const byOpenai = { refuses: openaiError }
const byGemini = { refuses: geminiError }
const byCaller = { refuses: z.union([openaiError, anthropicError, geminiError]) }

const exchanges = {
  message: { ...byAnthropic, accepts: json(anthropicRequest), produces: wholeOrStream(anthropicMessage) },
  messageCount: {
    ...byAnthropic,
    accepts: json(anthropicCount),
    produces: json(z.looseObject({ input_tokens: z.int() })),
  },
  chatCompletion: { ...byOpenai, accepts: json(chatRequest), produces: wholeOrStream(chatCompletion) },
  completion: { ...byOpenai, accepts: json(completionRequest), produces: wholeOrStream(completion) },
  embeddings: { ...byOpenai, accepts: json(embeddingRequest), produces: json(embeddings) },
  response: { ...byOpenai, accepts: json(responseRequest), produces: wholeOrStream(response) },
  compactedResponse: { ...byOpenai, accepts: json(responseRequest), produces: json(compactedResponse) },
  storedResponse: { ...byOpenai, produces: json(response) },
  deletedResponse: { ...byOpenai, produces: json(deletedResponse) },
  inputItems: { ...byOpenai, produces: json(inputItems) },
  gemini: { ...byGemini, accepts: json(geminiRequest), produces: wholeOrStream(geminiReply) },
  geminiModels: { ...byGemini, produces: json(geminiModels) },
  models: { ...byCaller, produces: json(models) },
  geminiModel: { ...byGemini, produces: json(geminiModel) },
  model: { ...byCaller, produces: json(z.union([openaiModel, anthropicModel, geminiModel])) },
  keyUsage: { ...byAnthropic, produces: json(keyUsage) },
  keyInfo: { ...byAnthropic, produces: json(keyInfo) },
}

/** What a route of the relay says about itself. */
export function described(exchange: keyof typeof exchanges, summary: string) {
  return { config: exchanges[exchange], schema: { summary, tags: ['relay'], security: [{ apiKey: [] }] } }
}
