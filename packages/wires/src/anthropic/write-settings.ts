import { defined } from '../fields.ts'
import type { ChatMessage, ChatRequest, JsonObject, Reasoning } from '../neutral.ts'
import { effortOfBudget } from '../shared/effort.ts'
import { type ModelTraits, tryModelTraits } from './models.ts'
import { writeAssistantBlocks } from './write-blocks.ts'

/** What every model since Claude 4 may write. */
const longReply = 32_000

/**
 * This wire must be told a limit, thinking included. Where the client gave none, this much; whoever knows that the model may
 * not write so much sets `maxTokens` before.
 */
export function defaultMaxTokens(request: ChatRequest): number {
  return longReply + (writeThinking(request, tryModelTraits(request.model)).budgetTokens ?? 0)
}

interface Thinking {
  thinking?: JsonObject
  effort?: string
  budgetTokens?: number
}

/** Limit, sampling and thinking, as the model takes them: what it would refuse is left out or said in its own way. */
export function writeSettings(request: ChatRequest): JsonObject & { effort?: string } {
  const traits = tryModelTraits(request.model)
  const { thinking, effort } = writeThinking(request, traits)
  return defined<JsonObject>({
    max_tokens: request.maxTokens ?? defaultMaxTokens(request),
    ...writeSampling(request, traits, thinking),
    thinking,
    effort,
  })
}

/** While Claude thinks, its temperature is 1 and nothing else is set; otherwise it takes a temperature or a top_p, not both. */
function writeSampling(
  { temperature, topP, topK }: ChatRequest,
  traits: ModelTraits | undefined,
  thinking: JsonObject | undefined,
): { [name: string]: number | undefined } {
  const warmth = temperature === undefined ? undefined : Math.min(1, temperature)
  if (traits === undefined) return { temperature: warmth, top_p: topP, top_k: topK }
  if (!traits.takesSampling) return {}
  const isThinking = thinking !== undefined && thinking.type !== 'disabled'
  if (isThinking) return warmth === 1 ? { temperature: 1 } : {}
  return { temperature: warmth, top_p: warmth === undefined ? topP : undefined, top_k: topK }
}

function writeThinking(request: ChatRequest, traits: ModelTraits | undefined): Thinking {
  const { reasoning } = request
  if (reasoning === undefined || traits?.thinking === 'none') return {}
  if (reasoning.enabled === false) return leastThinking(traits)
  const knowsBudgets = traits?.thinking !== 'effort'
  const isByBudget = traits?.thinking === 'budget' || (knowsBudgets && reasoning.budgetTokens !== undefined)
  if (!isByBudget) return byEffort(reasoning, traits)
  const budgetTokens = canThinkByBudget(request) ? tryBudget(reasoning, request.maxTokens) : undefined
  if (budgetTokens === undefined) return traits?.thinking === 'either' ? byEffort(reasoning, traits) : {}
  const thinking = { type: 'enabled', budget_tokens: budgetTokens, ...writeDisplay(reasoning) }
  const effort = traits?.thinking === 'budget' ? undefined : writeEffort(reasoning, traits)
  return defined<Thinking>({ thinking, effort, budgetTokens })
}

/**
 * Who thinks by a budget cannot be made to call a tool: then the call is what was asked for. And while tools run it can only go
 * on thinking, not begin with it: the turn must have begun with thinking of its own.
 */
function canThinkByBudget(request: ChatRequest): boolean {
  return !isCallForced(request) && hasBegunThinking(request)
}

/** True also when no tools run. */
function hasBegunThinking({ messages }: ChatRequest): boolean {
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  if (!messages.slice(last + 1).some(hasResult)) return true
  const question = messages.slice(0, last).findLastIndex((message) => message.role === 'user' && !hasResult(message))
  const begun = messages.slice(question + 1).find(({ role }) => role === 'assistant')
  const [first] = begun?.role === 'assistant' ? writeAssistantBlocks(begun.content) : []
  return first?.type === 'thinking' || first?.type === 'redacted_thinking'
}

function hasResult({ content }: ChatMessage): boolean {
  return content.some(({ type }) => type === 'tool-result')
}

function isCallForced({ toolChoice }: ChatRequest): boolean {
  return toolChoice?.type === 'required' || toolChoice?.type === 'tool'
}

function leastThinking(traits: ModelTraits | undefined): Thinking {
  const type = traits?.leastThinking ?? 'disabled'
  return type === 'low effort' ? { effort: 'low' } : { thinking: { type } }
}

/** A budget becomes the effort that usually takes about as much. */
function byEffort(reasoning: Reasoning, traits: ModelTraits | undefined): Thinking {
  const { budgetTokens, enabled, summary } = reasoning
  const asked = budgetTokens === undefined ? reasoning : { effort: effortOfBudget(budgetTokens), ...reasoning }
  const effort = writeEffort(asked, traits)
  if (enabled === undefined && budgetTokens === undefined && summary === undefined) return defined<Thinking>({ effort })
  return defined<Thinking>({ thinking: { type: 'adaptive', ...writeDisplay(reasoning) }, effort })
}

const budgets: Readonly<Record<Reasoning['effort'] & string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
}
const smallestBudget = 1_024

/** An effort becomes a budget. It must leave room for the reply; where none fits, there is no thinking. */
function tryBudget(reasoning: Reasoning, maxTokens = Number.POSITIVE_INFINITY): number | undefined {
  const { enabled, effort, budgetTokens } = reasoning
  if (enabled === undefined && effort === undefined && budgetTokens === undefined) return undefined
  const wanted = Math.max(smallestBudget, budgetTokens ?? budgets[effort ?? 'medium'])
  const budget = Math.min(wanted, maxTokens - 1)
  return budget < smallestBudget ? undefined : budget
}

function writeDisplay({ summary }: Reasoning): JsonObject {
  if (summary === undefined) return {}
  return { display: summary === 'omitted' ? 'omitted' : 'summarized' }
}

function writeEffort({ effort }: Reasoning, traits: ModelTraits | undefined): string | undefined {
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' && traits?.hasHighestEfforts === false ? 'high' : effort
}
