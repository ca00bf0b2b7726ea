import {
  assertArray,
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
  tryOwn,
} from '../fields.ts'
import {
  type ChatMessage,
  type ChatRequest,
  type JsonObject,
  type OutputFormat,
  type Reasoning,
  type ToolChoice,
  type ToolDefinition,
  WireError,
} from '../neutral.ts'
import { assertNotTooDeep, restOf } from '../shared/json.ts'
import { readStrictFormat } from '../shared/schema.ts'
import { readAssistantBlocks, readCacheMark, readTextBlocks, readUserBlocks } from './read-blocks.ts'

const knownFields = new Set([
  'model',
  'stream',
  'system',
  'messages',
  'max_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
])

/** A Messages request → the neutral form (Messages API reference, 2026-11). */
export function readRequest(body: unknown): ChatRequest {
  const object = assertObject(body, 'body')
  assertNotTooDeep(object, 'body')
  const choice = tryObject(object, 'tool_choice')
  return defined<ChatRequest>({
    model: readString(object, 'model'),
    stream: tryBoolean(object, 'stream') ?? false,
    system: readTextBlocks(object.system ?? [], 'system'),
    messages: assertArray(object.messages, 'messages').map(readMessage),
    tools: (tryArray(object, 'tools') ?? []).map(readTool),
    toolChoice: choice && readToolChoice(choice),
    parallelToolCalls: choice && tryBoolean(choice, 'disable_parallel_tool_use', 'tool_choice') ? false : undefined,
    maxTokens: tryInteger(object, 'max_tokens'),
    temperature: tryNumber(object, 'temperature'),
    topP: tryNumber(object, 'top_p'),
    topK: tryInteger(object, 'top_k'),
    stop: readStop(object),
    output: readOutput(object),
    reasoning: readReasoning(object),
    userId: tryString(tryObject(object, 'metadata') ?? {}, 'user_id', 'metadata'),
    serviceTier: readServiceTier(object),
    extra: readExtra(object),
  })
}

type MessageReader = (message: JsonObject, path: string) => ChatMessage

const messageReaders: Readonly<Record<string, MessageReader>> = {
  user: ({ content }, path) => ({ role: 'user', content: readUserBlocks(content, join(path, 'content')) }),
  assistant: ({ content }, path) => ({
    role: 'assistant',
    content: readAssistantBlocks(content, join(path, 'content')),
  }),
  system: ({ content }, path) => ({ role: 'system', content: readTextBlocks(content, join(path, 'content')) }),
}

function readMessage(value: unknown, index: number): ChatMessage {
  const path = join('messages', index)
  const message = assertObject(value, path)
  const role = readString(message, 'role', path)
  const read = Object.hasOwn(messageReaders, role) ? messageReaders[role] : undefined
  if (read === undefined) {
    throw new WireError(join(path, 'role'), 'notEither', { either: ['user', 'assistant', 'system'] })
  }
  return read(message, path)
}

/** A tool without a type of its own is the client's; all others are run by the upstream, and only this wire has them. */
function readTool(value: unknown, index: number): ToolDefinition {
  const path = join('tools', index)
  const tool = assertObject(value, path)
  const name = tryString(tool, 'name', path)
  if (typeof tool.type === 'string' && tool.type !== 'custom') {
    return { name: name ?? tool.type, builtin: { wire: 'anthropic', definition: tool } }
  }
  return defined<ToolDefinition>({
    name: readString(tool, 'name', path),
    description: tryString(tool, 'description', path),
    parameters: tryObject(tool, 'input_schema', path),
    strict: tryBoolean(tool, 'strict', path),
    cache: readCacheMark(tool, path),
  })
}

function readToolChoice(choice: JsonObject): ToolChoice {
  const type = readString(choice, 'type', 'tool_choice')
  if (type === 'tool') return { type: 'tool', name: readString(choice, 'name', 'tool_choice') }
  if (type === 'any') return { type: 'required' }
  if (type === 'auto' || type === 'none') return { type }
  throw new WireError('tool_choice.type', 'notEither', { either: ['auto', 'any', 'tool', 'none'] })
}

function readStop(object: JsonObject): string[] | undefined {
  const sequences = tryArray(object, 'stop_sequences')
  return sequences?.map((sequence, index) => {
    if (typeof sequence === 'string') return sequence
    throw new WireError(join('stop_sequences', index), 'notString')
  })
}

/** `output_format` is its older name. */
function readOutput(object: JsonObject): OutputFormat | undefined {
  const config = tryObject(object, 'output_config') ?? {}
  const current = tryObject(config, 'format', 'output_config')
  const format = current ?? tryObject(object, 'output_format')
  if (format === undefined) return undefined
  const path = current === undefined ? 'output_format' : 'output_config.format'
  if (format.type !== 'json_schema') throw new WireError(join(path, 'type'), 'notEither', { either: ['json_schema'] })
  return readStrictFormat(assertObject(format.schema, join(path, 'schema')), join(path, 'schema'))
}

const efforts: readonly (Reasoning['effort'] & string)[] = ['low', 'medium', 'high', 'xhigh', 'max']

function readReasoning(object: JsonObject): Reasoning | undefined {
  const thinking = tryObject(object, 'thinking')
  const effort = tryString(tryObject(object, 'output_config') ?? {}, 'effort', 'output_config')
  const reasoning = defined<Reasoning>({
    enabled: thinking && readThinkingType(thinking) !== 'disabled',
    effort: effort === undefined ? undefined : readEffort(effort),
    budgetTokens: thinking && tryInteger(thinking, 'budget_tokens', 'thinking'),
    summary: thinking && tryOwn(summaries, tryString(thinking, 'display', 'thinking') ?? ''),
  })
  return Object.keys(reasoning).length === 0 ? undefined : reasoning
}

const thinkingTypes: ReadonlySet<string> = new Set(['enabled', 'adaptive', 'between_tools', 'disabled'])

function readThinkingType(thinking: JsonObject): string {
  const type = readString(thinking, 'type', 'thinking')
  if (thinkingTypes.has(type)) return type
  throw new WireError('thinking.type', 'notOneOf', { values: [...thinkingTypes].join(', ') })
}

const summaries: Readonly<Record<string, Reasoning['summary'] & string>> = {
  summarized: 'auto',
  updates: 'auto',
  omitted: 'omitted',
}

function readEffort(text: string): Reasoning['effort'] & string {
  const effort = efforts.find((known) => known === text)
  if (effort) return effort
  throw new WireError('output_config.effort', 'notOneOf', { values: efforts.join(', ') })
}

function readServiceTier(object: JsonObject): string | undefined {
  const tier = tryString(object, 'service_tier')
  return tier === 'standard_only' ? 'default' : tier
}

/** What only this wire has, at the top and inside the objects that are read in part. */
function readExtra(object: JsonObject): ChatRequest['extra'] {
  const extra: JsonObject = { ...restOf(object, knownFields) }
  const partly = { output_config: new Set(['effort', 'format']), metadata: new Set(['user_id']) }
  for (const [key, known] of Object.entries(partly)) {
    const value = object[key]
    const rest = isObject(value) ? restOf(value, known) : undefined
    if (rest) extra[key] = rest
  }
  const { thinking } = object
  if (isObject(thinking) && thinking.type === 'between_tools') extra.thinking = { type: 'between_tools' }
  return Object.keys(extra).length === 0 ? undefined : { anthropic: extra }
}
