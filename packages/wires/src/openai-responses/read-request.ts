import {
  assertObject,
  defined,
  isObject,
  join,
  readString,
  tryArray,
  tryBoolean,
  tryInteger,
  tryNumber,
  tryObject,
  tryString,
} from '../fields.ts'
import {
  type ChatRequest,
  type JsonObject,
  type JsonValue,
  type OutputFormat,
  type Reasoning,
  WireError,
} from '../neutral.ts'
import { thinkingEfforts } from '../shared/effort.ts'
import { assertNotTooDeep, restOf } from '../shared/json.ts'
import type { RequestRoute } from '../wire.ts'
import { asksForSummary } from './compaction.ts'
import { type Conversation, readInput } from './read-items.ts'
import { readToolChoice, readTools } from './read-tools.ts'

/** Fields that the neutral form has; all others stay in `extra`. */
const neutralFields = new Set([
  'model',
  'stream',
  'input',
  'instructions',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'temperature',
  'top_p',
  'text',
  'reasoning',
  'include',
  'user',
  'metadata',
  'service_tier',
  'prompt_cache_key',
])

export const encryptedReasoning = 'reasoning.encrypted_content'

/** A Responses request → the neutral form (Responses API reference, 2026-11). */
export function readRequest(body: unknown, route?: RequestRoute): ChatRequest {
  const object = assertObject(body, 'body')
  assertNotTooDeep(object, 'body')
  const conversation: Conversation = { system: readInstructions(object), messages: [] }
  readInput(conversation, object['input'])
  if (conversation.messages.length + conversation.system.length === 0) {
    throw new WireError('input', 'empty')
  }
  const tools = readTools(object)
  return defined<ChatRequest>({
    model: tryString(object, 'model') ?? route?.model ?? readString(object, 'model'),
    stream: tryBoolean(object, 'stream') ?? route?.stream ?? false,
    ...conversation,
    tools: tools.offered,
    toolChoice: asksForSummary(conversation.messages) ? { type: 'none' } : readToolChoice(object),
    parallelToolCalls: tryBoolean(object, 'parallel_tool_calls'),
    maxTokens: tryInteger(object, 'max_output_tokens'),
    temperature: tryNumber(object, 'temperature'),
    topP: tryNumber(object, 'top_p'),
    output: readOutputFormat(object),
    reasoning: readReasoning(object),
    userId: tryString(object, 'user') ?? tryString(object, 'safety_identifier'),
    metadata: readMetadata(object),
    serviceTier: tryString(object, 'service_tier'),
    cacheKey: tryString(object, 'prompt_cache_key'),
    extra: readExtra(object, tools.declared),
  })
}

function readInstructions(object: JsonObject): ChatRequest['system'] {
  const text = tryString(object, 'instructions')
  return text === undefined ? [] : [{ type: 'text', text }]
}

const formatReaders: Record<string, (format: JsonObject) => OutputFormat> = {
  text: () => ({ type: 'text' }),
  json_object: () => ({ type: 'json' }),
  json_schema: (format) =>
    defined<Extract<OutputFormat, { type: 'json-schema' }>>({
      type: 'json-schema',
      name: readFormatName(format),
      description: tryString(format, 'description', 'text.format'),
      schema: assertObject(format['schema'], 'text.format.schema'),
      strict: tryBoolean(format, 'strict', 'text.format'),
    }),
}

/** A format must have a name; this one stands for "none". */
export const defaultFormatName = 'response'

function readFormatName(format: JsonObject): string | undefined {
  const name = tryString(format, 'name', 'text.format')
  return name === defaultFormatName ? undefined : name
}

function readOutputFormat(object: JsonObject): OutputFormat | undefined {
  const format = tryObject(tryObject(object, 'text') ?? {}, 'format', 'text')
  if (format === undefined) return undefined
  const type = readString(format, 'type', 'text.format')
  const reader = Object.hasOwn(formatReaders, type) ? formatReaders[type] : undefined
  if (reader === undefined) {
    throw new WireError('text.format.type', 'notEither', { either: ['text', 'json_object', 'json_schema'] })
  }
  return reader(format)
}

const summaries = ['auto', 'concise', 'detailed'] as const

function readReasoning(object: JsonObject): Reasoning | undefined {
  const reasoning = tryObject(object, 'reasoning') ?? {}
  const effort = readOneOf(reasoning, 'effort', [...thinkingEfforts, 'none'])
  const summary = readOneOf(reasoning, 'summary', summaries) ?? readOneOf(reasoning, 'generate_summary', summaries)
  const encrypted = tryArray(object, 'include')?.includes(encryptedReasoning) === true
  const read = defined<Reasoning>({
    enabled: effort === undefined ? undefined : effort !== 'none',
    effort: effort === 'none' ? undefined : effort,
    summary,
    encrypted: encrypted ? true : undefined,
  })
  return Object.keys(read).length === 0 ? undefined : read
}

function readOneOf<Value extends string>(
  reasoning: JsonObject,
  key: string,
  values: readonly Value[],
): Value | undefined {
  const value = tryString(reasoning, key, 'reasoning')
  const found = values.find((candidate) => candidate === value)
  if (value !== undefined && found === undefined) {
    throw new WireError(join('reasoning', key), 'notOneOf', { values: values.join(', ') })
  }
  return found
}

function readMetadata(object: JsonObject): ChatRequest['metadata'] {
  const metadata = tryObject(object, 'metadata')
  if (metadata === undefined) return undefined
  return Object.fromEntries(Object.keys(metadata).map((key) => [key, readString(metadata, key, 'metadata')]))
}

/** What is not said in the neutral form is not stored. OpenAI's default is the other way round, so that `true` is kept. */
function readExtra(object: JsonObject, declaredTools: JsonValue[] | undefined): ChatRequest['extra'] {
  const include = tryArray(object, 'include')?.filter(
    (value) => typeof value === 'string' && value !== encryptedReasoning,
  )
  const choice = object['tool_choice']
  const extra = defined<JsonObject>({
    ...restOf(object, neutralFields),
    store: tryBoolean(object, 'store') === false ? undefined : true,
    include: include?.length ? (include as JsonValue[]) : undefined,
    text: restOf(tryObject(object, 'text') ?? {}, new Set(['format'])),
    reasoning: restOf(tryObject(object, 'reasoning') ?? {}, new Set(['effort', 'summary', 'generate_summary'])),
    tools: declaredTools,
    tool_choice: isObject(choice) && choice['type'] !== 'function' ? choice : undefined,
  })
  return Object.keys(extra).length === 0 ? undefined : { 'openai-responses': extra }
}
