import { defined } from '../fields.ts'
import { carriedRequest } from '../carried.ts'
import type { ChatRequest, JsonObject, JsonValue, OutputFormat } from '../neutral.ts'
import { askedEffort } from '../shared/effort.ts'
import { sentUserId } from '../shared/ids.ts'
import { withExtra } from '../shared/json.ts'
import { unspokenJson } from '../shared/json-in-words.ts'
import { withTakenSettings } from '../shared/openai-models.ts'
import { defaultFormatName, encryptedReasoning } from './read-request.ts'
import { writeInput, writeInstructionItem } from './write-items.ts'
import { writeToolChoice, writeTools } from './write-tools.ts'

/** The neutral form → a Responses request (Responses API reference, 2026-11). */
export function writeRequest(given: ChatRequest): JsonObject {
  const request = withTakenSettings(carriedRequest(given, 'openai-responses'), 'openai-responses')
  const extra = extraOf(request)
  const system = writeSystem(request)
  const body = defined<JsonObject>({
    model: request.model,
    stream: request.stream,
    instructions: system.instructions,
    input: writeInput(request, system.items),
    tools: request.tools.length === 0 ? undefined : writeTools(request),
    tool_choice: writeToolChoice(request),
    parallel_tool_calls: request.parallelToolCalls,
    max_output_tokens: request.maxTokens === undefined ? undefined : Math.max(fewestTokens, request.maxTokens),
    temperature: request.temperature,
    top_p: request.topP,
    text: nonEmpty(writeFormat(request.output)),
    reasoning: nonEmpty(writeReasoning(request)),
    store: false,
    user: request.userId === undefined ? undefined : sentUserId(request.userId),
    metadata: request.metadata,
    service_tier: writeServiceTier(request.serviceTier),
    prompt_cache_key: request.cacheKey,
  })
  return withExtra(body, defined({ ...extra, include: writeInclude(request, extra) }))
}

/** OpenAI refuses anything lower. */
const fewestTokens = 16

export function extraOf(request: ChatRequest): JsonObject {
  return request.extra?.['openai-responses'] ?? {}
}

/** There is one string for instructions; what more there is stands before the conversation, where JSON must be spoken of. */
function writeSystem(request: ChatRequest): { instructions: string | undefined; items: JsonObject[] } {
  const [first, ...others] = request.system
  const contents = request.messages.map(({ content }) => content)
  const rest = [...others, ...unspokenJson(request.output, [others, ...contents])]
  return { instructions: first?.text, items: rest.length === 0 ? [] : [writeInstructionItem(rest)] }
}

export function writeFormat(output: OutputFormat | undefined): JsonObject {
  if (output === undefined) return {}
  if (output.type !== 'json-schema') return { format: { type: output.type === 'json' ? 'json_object' : 'text' } }
  const { name = defaultFormatName, description, schema, strict } = output
  return { format: defined<JsonObject>({ type: 'json_schema', name, description, schema, strict }) }
}

export function writeReasoning({ reasoning }: ChatRequest): JsonObject {
  if (reasoning === undefined) return {}
  const { summary } = reasoning
  return defined<JsonObject>({
    effort: askedEffort(reasoning),
    summary: summary === 'omitted' ? undefined : summary,
  })
}

/** What is not stored can only be handed back encrypted; clients of other wires cannot ask for that. */
function writeInclude({ reasoning }: ChatRequest, extra: JsonObject): JsonValue[] | undefined {
  const mustCarry = extra.store !== true && reasoning !== undefined && reasoning.enabled !== false
  const include = reasoning?.encrypted === true || mustCarry ? [encryptedReasoning] : []
  const all = [...include, ...(Array.isArray(extra.include) ? extra.include : [])]
  return all.length === 0 ? undefined : all
}

const serviceTiers: Record<string, string> = {
  auto: 'auto',
  default: 'default',
  standard: 'default',
  standard_only: 'default',
  flex: 'flex',
  scale: 'scale',
  priority: 'priority',
  fast: 'fast',
  ultrafast: 'ultrafast',
}

export function writeServiceTier(tier: string | undefined): string | undefined {
  return tier !== undefined && Object.hasOwn(serviceTiers, tier) ? serviceTiers[tier] : undefined
}

function nonEmpty(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length === 0 ? undefined : object
}
