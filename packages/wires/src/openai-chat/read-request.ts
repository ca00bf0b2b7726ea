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
} from '../fields.ts'
import {
  type ChatRequest,
  type JsonObject,
  type OutputFormat,
  type Reasoning,
  type ToolChoice,
  type ToolDefinition,
  WireError,
} from '../neutral.ts'
import { customTool, readGrammar } from '../shared/custom-tool.ts'
import { thinkingEfforts } from '../shared/effort.ts'
import { assertNotTooDeep, restOf } from '../shared/json.ts'
import { readCacheMark, readMessages } from './read-messages.ts'

const knownFields = new Set([
  'model',
  'stream',
  'messages',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'presence_penalty',
  'frequency_penalty',
  'response_format',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'enable_thinking',
  'thinking_budget',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'prompt_cache_key',
])

/** A chat completion request → the neutral form (Chat Completions reference, 2026-11), with compatible servers' fields. */
export function readRequest(body: unknown): ChatRequest {
  const object = assertObject(body, 'body')
  assertNotTooDeep(object, 'body')
  const choice = readToolChoice(object.tool_choice)
  const extra = restOf(object, knownFields)
  return defined<ChatRequest>({
    model: readString(object, 'model'),
    stream: tryBoolean(object, 'stream') ?? false,
    ...readMessages(assertArray(object.messages, 'messages')),
    tools: readTools(object, choice.allowed),
    toolChoice: choice.toolChoice,
    parallelToolCalls: tryBoolean(object, 'parallel_tool_calls'),
    maxTokens: tryInteger(object, 'max_completion_tokens') ?? tryInteger(object, 'max_tokens'),
    temperature: tryNumber(object, 'temperature'),
    topP: tryNumber(object, 'top_p'),
    topK: tryInteger(object, 'top_k'),
    stop: readStop(object.stop),
    seed: tryInteger(object, 'seed'),
    presencePenalty: tryNumber(object, 'presence_penalty'),
    frequencyPenalty: tryNumber(object, 'frequency_penalty'),
    output: readOutput(object),
    reasoning: readReasoning(object),
    userId: tryString(object, 'safety_identifier') ?? tryString(object, 'user'),
    metadata: readMetadata(object),
    serviceTier: tryString(object, 'service_tier'),
    cacheKey: tryString(object, 'prompt_cache_key'),
    extra: extra && { 'openai-chat': extra },
  })
}

function readTools(object: JsonObject, allowed: ReadonlySet<string> | undefined): ToolDefinition[] {
  const tools = (tryArray(object, 'tools') ?? []).map(readTool)
  return allowed === undefined ? tools : tools.filter(({ name }) => allowed.has(name))
}

function readTool(value: unknown, index: number): ToolDefinition {
  const path = join('tools', index)
  const tool = assertObject(value, path)
  const type = readString(tool, 'type', path)
  if (type === 'custom') return readCustom(tool, join(path, 'custom'))
  if (type !== 'function') {
    const named = tool[type]
    const name = isObject(named) && typeof named.name === 'string' ? named.name : type
    return { name, builtin: { wire: 'openai-chat', definition: tool } }
  }
  const functionPath = join(path, 'function')
  const definition = assertObject(tool.function, functionPath)
  return defined<ToolDefinition>({
    name: readString(definition, 'name', functionPath),
    description: tryString(definition, 'description', functionPath),
    parameters: tryObject(definition, 'parameters', functionPath),
    strict: tryBoolean(definition, 'strict', functionPath),
    cache: readCacheMark(tool),
  })
}

function readCustom(tool: JsonObject, path: string): ToolDefinition {
  const custom = assertObject(tool.custom, path)
  const formatPath = join(path, 'format')
  const grammar = tryObject(tryObject(custom, 'format', path) ?? {}, 'grammar', formatPath)
  return customTool({
    name: readString(custom, 'name', path),
    description: tryString(custom, 'description', path),
    grammar: grammar && readGrammar(grammar, join(formatPath, 'grammar')),
  })
}

interface ReadChoice {
  toolChoice?: ToolChoice
  /** The only tools that may be called: then the others need not be there. */
  allowed?: ReadonlySet<string>
}

function readToolChoice(choice: unknown): ReadChoice {
  if (choice === undefined || choice === null) return {}
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { toolChoice: { type: choice } }
  if (!isObject(choice)) throw new WireError('tool_choice', 'notToolChoice')
  const type = readString(choice, 'type', 'tool_choice')
  if (!choiceTypes.has(type)) {
    throw new WireError('tool_choice.type', 'notOneOf', { values: [...choiceTypes].join(', ') })
  }
  const path = join('tool_choice', type)
  const named = assertObject(choice[type], path)
  if (type !== 'allowed_tools') return { toolChoice: { type: 'tool', name: readString(named, 'name', path) } }
  return {
    toolChoice: { type: readMode(named, path) },
    allowed: new Set(assertArray(named.tools, join(path, 'tools')).map(nameOfTool)),
  }
}

const choiceTypes: ReadonlySet<string> = new Set(['function', 'custom', 'allowed_tools'])

function readMode(allowed: JsonObject, path: string): 'auto' | 'required' {
  const mode = tryString(allowed, 'mode', path) ?? 'auto'
  if (mode === 'auto' || mode === 'required') return mode
  throw new WireError(join(path, 'mode'), 'notEither', { either: ['auto', 'required'] })
}

function nameOfTool(value: unknown, index: number): string {
  const path = join('tool_choice.allowed_tools.tools', index)
  const tool = assertObject(value, path)
  return readString(assertObject(tool.function ?? tool.custom, join(path, 'function')), 'name', join(path, 'function'))
}

function readStop(stop: unknown): string[] | undefined {
  if (stop === undefined || stop === null) return undefined
  if (typeof stop === 'string') return [stop]
  return assertArray(stop, 'stop').map((sequence, index) => {
    if (typeof sequence === 'string') return sequence
    throw new WireError(join('stop', index), 'notString')
  })
}

function readOutput(object: JsonObject): OutputFormat | undefined {
  const format = tryObject(object, 'response_format')
  if (format === undefined) return undefined
  const type = readString(format, 'type', 'response_format')
  if (type === 'text') return { type: 'text' }
  if (type === 'json_object') return { type: 'json' }
  if (type !== 'json_schema') {
    throw new WireError('response_format.type', 'notEither', { either: ['text', 'json_object', 'json_schema'] })
  }
  const path = 'response_format.json_schema'
  const schema = assertObject(format.json_schema, path)
  return defined<Extract<OutputFormat, { type: 'json-schema' }>>({
    type: 'json-schema',
    name: tryString(schema, 'name', path),
    description: tryString(schema, 'description', path),
    schema: assertObject(schema.schema ?? {}, join(path, 'schema')),
    strict: tryBoolean(schema, 'strict', path),
  })
}

/** OpenAI's `reasoning_effort`, OpenRouter's `reasoning`, `thinking` of DeepSeek, Moonshot and Zhipu, Qwen's switches. */
function readReasoning(object: JsonObject): Reasoning | undefined {
  const router = tryObject(object, 'reasoning') ?? {}
  const thinking = tryObject(object, 'thinking') ?? {}
  const effort = tryString(object, 'reasoning_effort') ?? tryString(router, 'effort', 'reasoning')
  const budgetTokens =
    tryInteger(router, 'max_tokens', 'reasoning') ??
    tryInteger(thinking, 'budget_tokens', 'thinking') ??
    tryInteger(object, 'thinking_budget')
  const isOn = tryBoolean(router, 'enabled', 'reasoning') ?? tryBoolean(object, 'enable_thinking') ?? isOnBy(thinking)
  const reasoning = defined<Reasoning>({
    enabled: effort === 'none' ? false : (isOn ?? (effort !== undefined || budgetTokens !== undefined || undefined)),
    effort: effort === undefined || effort === 'none' ? undefined : readEffort(effort),
    budgetTokens,
    summary: router.exclude === true ? 'omitted' : undefined,
  })
  return Object.keys(reasoning).length === 0 ? undefined : reasoning
}

function isOnBy(thinking: JsonObject): boolean | undefined {
  return typeof thinking.type === 'string' ? thinking.type !== 'disabled' : undefined
}

function readEffort(text: string): Reasoning['effort'] & string {
  const effort = thinkingEfforts.find((known) => known === text)
  if (effort) return effort
  throw new WireError('reasoning_effort', 'notEffort', { values: thinkingEfforts.join(', ') })
}

function readMetadata(object: JsonObject): ChatRequest['metadata'] {
  const metadata = tryObject(object, 'metadata')
  if (metadata === undefined) return undefined
  for (const key of Object.keys(metadata)) readString(metadata, key, 'metadata')
  return metadata as { [key: string]: string }
}
