import { defined } from '../fields.ts'
import type { ChatMessage, ChatRequest, JsonObject, ToolDefinition } from '../neutral.ts'
import { carriedRequest } from '../carried.ts'
import { withExtra } from '../shared/json.ts'
import { jsonInWords } from '../shared/json-in-words.ts'
import { tryModelTraits } from './models.ts'
import { writeSchema } from './schema.ts'
import { writeSettings } from './write-settings.ts'
import { writeAssistantBlocks, writeCacheMark, writeTexts, writeUserBlocks } from './write-blocks.ts'

/** The neutral form → a Messages request (Messages API reference, 2026-11). */
export function writeRequest(given: ChatRequest): JsonObject {
  const request = withTakenChoice(withTakenSchemas(carriedRequest(given, 'anthropic')))
  const system = writeTexts(request.system)
  const { effort, ...settings } = writeSettings(request)
  const body = defined<JsonObject>({
    model: request.model,
    system: system.length === 0 ? undefined : system,
    messages: withTakenEnd(request.messages.map(writeMessage).filter(hasContent), request.model),
    tools: request.tools.length === 0 ? undefined : request.tools.map(writeTool),
    tool_choice: writeToolChoice(request),
    ...settings,
    stop_sequences: request.stop,
    output_config: writeOutputConfig(request, effort),
    metadata: request.userId === undefined ? undefined : { user_id: request.userId },
    service_tier: writeServiceTier(request.serviceTier),
    stream: request.stream || undefined,
  })
  return withExtra(body, request.extra?.anthropic)
}

/** With a schema, JSON is a setting here, which older models do not have; whatever is none is asked for in words. */
function withTakenSchemas(request: ChatRequest): ChatRequest {
  const { model, output, system, tools } = request
  const takesSchemas = tryModelTraits(model)?.takesSchemas ?? true
  if (takesSchemas && output?.type !== 'json') return request
  return defined<ChatRequest>({
    ...request,
    system: [...system, ...jsonInWords(output)],
    output: undefined,
    tools: takesSchemas ? tools : tools.map(({ strict: _strict, ...tool }) => tool),
  })
}

/** Some models cannot be made to call a tool. Of those offered, the one that they should call is the only one then. */
function withTakenChoice(request: ChatRequest): ChatRequest {
  const { model, toolChoice, tools } = request
  if (tryModelTraits(model)?.takesForcedTool !== false) return request
  if (toolChoice?.type !== 'required' && toolChoice?.type !== 'tool') return request
  const offered = toolChoice.type === 'tool' ? tools.filter(({ name }) => name === toolChoice.name) : tools
  return { ...request, tools: offered, toolChoice: { type: 'auto' } }
}

type Message = JsonObject & { content: JsonObject[] }

/**
 * What the reply shall begin with is refused when it ends with white space, and by models since 4.6 in any case: these are
 * asked to go on with it.
 */
function withTakenEnd(messages: Message[], model: string): Message[] {
  const last = messages.at(-1)
  const end = last?.content.at(-1)
  if (last?.role !== 'assistant' || typeof end?.text !== 'string') return messages
  const ended = [
    ...messages.slice(0, -1),
    { ...last, content: last.content.with(-1, { ...end, text: end.text.trimEnd() }) },
  ]
  return tryModelTraits(model)?.takesBeginning === false ? [...ended, goOn] : ended
}

const goOn: Message = {
  role: 'user',
  content: [{ type: 'text', text: 'Go on exactly where your last message stops, without repeating anything.' }],
}

function writeMessage(message: ChatMessage): Message {
  if (message.role === 'user') return { role: 'user', content: writeUserBlocks(message.content) }
  if (message.role === 'assistant') return { role: 'assistant', content: writeAssistantBlocks(message.content) }
  return { role: 'system', content: writeTexts(message.content) }
}

/** Empty messages are refused, and say nothing. */
function hasContent({ content }: { content: JsonObject[] }): boolean {
  return content.length > 0
}

function writeTool(tool: ToolDefinition): JsonObject {
  if (tool.builtin) return tool.builtin.definition
  return defined<JsonObject>({
    name: tool.name,
    description: tool.description,
    input_schema: { type: 'object', properties: {}, ...tool.parameters },
    strict: tool.strict,
    cache_control: writeCacheMark(tool.cache),
  })
}

const choiceTypes = { auto: 'auto', none: 'none', required: 'any', tool: 'tool' } as const

function writeToolChoice({ tools, toolChoice, parallelToolCalls }: ChatRequest): JsonObject | undefined {
  if (tools.length === 0) return undefined
  const isSerial = parallelToolCalls === false
  if (toolChoice === undefined && !isSerial) return undefined
  const choice = toolChoice ?? { type: 'auto' }
  return defined<JsonObject>({
    type: choiceTypes[choice.type],
    name: choice.type === 'tool' ? choice.name : undefined,
    disable_parallel_tool_use: isSerial && choice.type !== 'none' ? true : undefined,
  })
}

function writeOutputConfig({ output }: ChatRequest, effort: string | undefined): JsonObject | undefined {
  const config = defined<JsonObject>({
    effort,
    format:
      output?.type === 'json-schema'
        ? { type: 'json_schema', schema: writeSchema(output.schema, 'response_format.schema') }
        : undefined,
  })
  return Object.keys(config).length === 0 ? undefined : config
}

/** Other wires' tiers have no counterpart. */
function writeServiceTier(tier: string | undefined): string | undefined {
  if (tier === 'default') return 'standard_only'
  return tier === 'auto' ? 'auto' : undefined
}
