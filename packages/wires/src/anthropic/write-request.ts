import { defined } from '../fields.ts'
import type { ChatMessage, ChatRequest, JsonObject, Reasoning, TextBlock, ToolDefinition } from '../neutral.ts'
import { carriedRequest } from '../carried.ts'
import { withExtra } from '../shared/json.ts'
import { writeSchema } from './schema.ts'
import { writeAssistantBlocks, writeCacheMark, writeText, writeUserBlocks } from './write-blocks.ts'

/**
 * This wire must be told a limit, thinking included. Where the client gave none, this much: what every model since Claude 4
 * may write. Whoever knows the model sets `maxTokens` before.
 */
export const defaultMaxTokens = 32_000

/** The neutral form → a Messages request (Messages API reference, 2026-11). */
export function writeRequest(given: ChatRequest): JsonObject {
  const request = carriedRequest(given, 'anthropic')
  const system = [...request.system, ...jsonInstruction(request)]
  const body = defined<JsonObject>({
    model: request.model,
    max_tokens: request.maxTokens ?? defaultMaxTokens + (request.reasoning?.budgetTokens ?? 0),
    system: system.length === 0 ? undefined : system.map(writeText),
    messages: request.messages.map(writeMessage).filter(hasContent),
    tools: request.tools.length === 0 ? undefined : request.tools.map(writeTool),
    tool_choice: writeToolChoice(request),
    temperature: request.temperature === undefined ? undefined : Math.min(1, request.temperature),
    top_p: request.topP,
    top_k: request.topK,
    stop_sequences: request.stop,
    thinking: request.reasoning && writeThinking(request.reasoning),
    output_config: writeOutputConfig(request),
    metadata: request.userId === undefined ? undefined : { user_id: request.userId },
    service_tier: writeServiceTier(request.serviceTier),
    stream: request.stream || undefined,
  })
  return withExtra(body, request.extra?.anthropic)
}

/** JSON without a schema is not a setting here: it is asked for in words. */
function jsonInstruction({ output }: ChatRequest): TextBlock[] {
  if (output?.type !== 'json') return []
  return [{ type: 'text', text: 'Reply with one valid JSON object and nothing else.' }]
}

function writeMessage(message: ChatMessage): JsonObject & { content: JsonObject[] } {
  if (message.role === 'user') return { role: 'user', content: writeUserBlocks(message.content) }
  if (message.role === 'assistant') return { role: 'assistant', content: writeAssistantBlocks(message.content) }
  return { role: 'system', content: message.content.map(writeText) }
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

function writeThinking({ enabled, budgetTokens, summary }: Reasoning): JsonObject | undefined {
  if (enabled === false) return { type: 'disabled' }
  if (enabled === undefined && budgetTokens === undefined && summary === undefined) return undefined
  const display = summary === undefined ? undefined : summary === 'omitted' ? 'omitted' : 'summarized'
  const mode = budgetTokens === undefined ? { type: 'adaptive' } : { type: 'enabled', budget_tokens: budgetTokens }
  return display === undefined ? mode : { ...mode, display }
}

function writeOutputConfig({ reasoning, output }: ChatRequest): JsonObject | undefined {
  const effort = reasoning?.enabled === false ? undefined : reasoning?.effort
  const config = defined<JsonObject>({
    effort: effort === 'minimal' ? 'low' : effort,
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
