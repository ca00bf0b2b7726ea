import { defined } from '../fields.ts'
import type { ChatRequest, JsonObject, Reasoning } from '../neutral.ts'
import { effortOfBudget } from '../shared/effort.ts'
import { type ModelTraits, tryModelTraits } from './models.ts'

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
  const { reasoning, maxTokens } = request
  if (reasoning === undefined || traits?.thinking === 'none') return {}
  if (reasoning.enabled === false) return leastThinking(traits)
  // Who thinks by a budget cannot be made to call a tool: then the call is what was asked for.
  const mustCall = traits !== undefined && isCallForced(request)
  if (traits?.thinking === 'budget') return mustCall ? {} : byBudget(reasoning, maxTokens)
  const known = traits?.thinking === 'effort' || mustCall ? byEffort(reasoning) : reasoning
  const { enabled, budgetTokens, summary } = known
  const effort = writeEffort(known, traits)
  if (enabled === undefined && budgetTokens === undefined && summary === undefined) return defined<Thinking>({ effort })
  const mode = budgetTokens === undefined ? { type: 'adaptive' } : { type: 'enabled', budget_tokens: budgetTokens }
  return defined<Thinking>({ thinking: { ...mode, ...writeDisplay(reasoning) }, effort, budgetTokens })
}

function isCallForced({ toolChoice }: ChatRequest): boolean {
  return toolChoice?.type === 'required' || toolChoice?.type === 'tool'
}

function leastThinking(traits: ModelTraits | undefined): Thinking {
  const type = traits?.leastThinking ?? 'disabled'
  return type === 'low effort' ? { effort: 'low' } : { thinking: { type } }
}

/** A budget becomes the effort that usually takes about as much. */
function byEffort({ budgetTokens, ...reasoning }: Reasoning): Reasoning {
  if (budgetTokens === undefined) return reasoning
  return { enabled: true, effort: effortOfBudget(budgetTokens), ...reasoning }
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
function byBudget(reasoning: Reasoning, maxTokens = Number.POSITIVE_INFINITY): Thinking {
  const { enabled, effort, budgetTokens } = reasoning
  if (enabled === undefined && effort === undefined && budgetTokens === undefined) return {}
  const budget = Math.min(budgetTokens ?? budgets[effort ?? 'medium'], maxTokens - 1)
  if (budget < smallestBudget) return {}
  return {
    thinking: { type: 'enabled', budget_tokens: budget, ...writeDisplay(reasoning) },
    budgetTokens: budget,
  }
}

function writeDisplay({ summary }: Reasoning): JsonObject {
  if (summary === undefined) return {}
  return { display: summary === 'omitted' ? 'omitted' : 'summarized' }
}

function writeEffort({ effort }: Reasoning, traits: ModelTraits | undefined): string | undefined {
  if (effort === 'minimal') return 'low'
  return effort === 'xhigh' && traits?.hasHighestEfforts === false ? 'high' : effort
}
