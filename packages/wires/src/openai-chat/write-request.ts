import { defined } from '../fields.ts'
import { carriedRequest } from '../carried.ts'
import type { ChatRequest, JsonObject, OutputFormat, ToolChoice, ToolDefinition } from '../neutral.ts'
import { sentUserId } from '../shared/ids.ts'
import { withExtra } from '../shared/json.ts'
import { withNamesInWords } from '../shared/names.ts'
import { withTakenSettings } from '../shared/openai-models.ts'
import { type ChatDialect, limitField, saysCustom } from './dialect.ts'
import { asMistralRequest } from './mistral.ts'
import { writeMessages } from './write-messages.ts'
import { writeReasoning } from './write-reasoning.ts'

/** The neutral form → a chat completion request (Chat Completions reference, 2026-11). */
export function writeRequest(given: ChatRequest, dialect: ChatDialect = 'openai'): JsonObject {
  const request = asTakenBy(dialect, withTakenSettings(carriedRequest(given, 'openai-chat'), 'openai-chat'))
  const hasTools = request.tools.length > 0
  const body = defined<JsonObject>({
    model: request.model,
    messages: writeMessages(request, dialect),
    tools: hasTools ? request.tools.map((tool) => writeTool(tool, dialect)) : undefined,
    tool_choice: hasTools && request.toolChoice ? writeToolChoice(request.toolChoice, request, dialect) : undefined,
    parallel_tool_calls: hasTools ? request.parallelToolCalls : undefined,
    [limitField(request.model, dialect)]: request.maxTokens,
    temperature: request.temperature,
    top_p: request.topP,
    stop: request.stop,
    seed: request.seed,
    presence_penalty: request.presencePenalty,
    frequency_penalty: request.frequencyPenalty,
    response_format: request.output && writeOutput(request.output),
    ...(request.reasoning && writeReasoning(request.reasoning, request.model, dialect)),
    user: request.userId === undefined ? undefined : sentUserId(request.userId),
    metadata: request.metadata,
    service_tier: request.serviceTier,
    prompt_cache_key: request.cacheKey,
    stream: request.stream || undefined,
  })
  const taken = dialect === 'mistral' ? asMistralRequest(body) : body
  const whole = withExtra(taken, request.extra?.['openai-chat'])
  const mustAsk = request.stream && dialect !== 'mistral'
  return mustAsk ? withExtra(whole, { stream_options: { include_usage: true } }) : whole
}

function asTakenBy(dialect: ChatDialect, request: ChatRequest): ChatRequest {
  if (dialect === 'moonshot') return withoutSampling(request)
  if (dialect === 'xai') return withoutPenalties(request)
  return dialect === 'mistral' ? { ...request, messages: withNamesInWords(request.messages) } : request
}

/** Kimi since K2.5 samples as it wants, and refuses to be told. */
function withoutSampling(request: ChatRequest): ChatRequest {
  if (!/kimi-k(?:2[.-][5-9]|[3-9])/i.test(request.model)) return request
  const {
    temperature: _warmth,
    topP: _top,
    presencePenalty: _presence,
    frequencyPenalty: _frequency,
    ...rest
  } = request
  return rest
}

/** Grok refuses to be told while it thinks, which all but few of its models do. */
function withoutPenalties(request: ChatRequest): ChatRequest {
  if (/non-reasoning|grok-[23](?!-mini)/.test(request.model)) return request
  const { presencePenalty: _presence, frequencyPenalty: _frequency, ...rest } = request
  return rest
}

function writeTool(tool: ToolDefinition, dialect: ChatDialect): JsonObject {
  if (tool.builtin) return tool.builtin.definition
  if (tool.freeText && dialect === 'openai') return writeCustom(tool, tool.freeText)
  const definition = defined<JsonObject>({
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters && { type: 'object', properties: {}, ...tool.parameters },
    strict: tool.strict,
  })
  return { type: 'function', function: definition }
}

function writeCustom({ name, description }: ToolDefinition, { grammar }: FreeText): JsonObject {
  const format = grammar && { type: 'grammar', grammar }
  return { type: 'custom', custom: defined<JsonObject>({ name, description, format }) }
}

type FreeText = NonNullable<ToolDefinition['freeText']>

function writeToolChoice(choice: ToolChoice, request: ChatRequest, dialect: ChatDialect): string | JsonObject {
  if (choice.type !== 'tool') return choice.type
  const type = saysCustom(request, choice.name, dialect) ? 'custom' : 'function'
  return { type, [type]: { name: choice.name } }
}

function writeOutput(output: OutputFormat): JsonObject {
  if (output.type === 'text') return { type: 'text' }
  if (output.type === 'json') return { type: 'json_object' }
  const { name, description, schema, strict } = output
  return {
    type: 'json_schema',
    json_schema: defined<JsonObject>({ name: name ?? 'reply', description, schema, strict }),
  }
}
