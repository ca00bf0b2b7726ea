import { defined } from '../fields.ts'
import type { JsonObject, Reasoning } from '../neutral.ts'
import { askedEffort, type Effort, efforts, nearestEffort } from '../shared/effort.ts'
import type { ChatDialect } from './dialect.ts'

/** How much thinking is asked for, in the fields of each dialect. Sources: see `ChatDialect`. */
export function writeReasoning(reasoning: Reasoning, model: string, dialect: ChatDialect): JsonObject {
  return (writers[dialect] ?? byEffort)(reasoning, model)
}

/** DeepSeek knows them all, and takes each for one of its three. */
const thinkingEfforts = efforts.filter((effort) => effort !== 'none')

type Writer = (reasoning: Reasoning, model: string) => JsonObject

const writers: Partial<Record<ChatDialect, Writer>> = {
  openrouter: byRouter,
  deepseek: (reasoning) => ({ ...bySwitch(reasoning), ...bySomeEffort(reasoning, thinkingEfforts) }),
  zhipu: (reasoning, model) => ({ ...bySwitch(reasoning), ...bySomeEffort(reasoning, glmEfforts(model)) }),
  moonshot: byKimi,
  qwen: bySwitchAndBudget,
  mistral: byModel([
    [/mistral-large-4/, ['low', 'medium', 'high']],
    [/magistral|leanstral|mistral-medium(?!-25)|mistral-small(?!-2[45])|vibe/, ['none', 'high']],
    [/codestral|devstral|ministral|pixtral|voxtral|nemo|mistral-(?:large-2|medium|small)/, []],
  ]),
  xai: byModel([
    [/grok-4[.-]3(?!\d)/, ['none', 'low', 'medium', 'high', 'xhigh']],
    [/grok-4[.-][4-9](?!\d)/, ['low', 'medium', 'high', 'xhigh']],
    [/grok-3-mini/, ['low', 'high']],
    [/grok-(?:[23]|build|code|4(?:[.-](?:0709|latest|fast|1(?!\d)|20.*reasoning)|$))/, []],
  ]),
}

function byEffort(reasoning: Reasoning): JsonObject {
  return defined<JsonObject>({ reasoning_effort: askedEffort(reasoning) })
}

/** Nothing where the model takes no effort, or none that says so. */
function bySomeEffort(reasoning: Reasoning, taken: readonly Effort[]): JsonObject {
  const asked = askedEffort(reasoning)
  if (asked === undefined || taken.length === 0 || (asked === 'none' && !taken.includes('none'))) return {}
  return { reasoning_effort: nearestEffort(taken, asked) }
}

/** OpenRouter's `reasoning`: an effort or a number of tokens (Reasoning tokens guide, 2026-11). */
function byRouter(reasoning: Reasoning): JsonObject {
  const { enabled, budgetTokens, summary } = reasoning
  const effort = budgetTokens === undefined ? askedEffort(reasoning) : undefined
  const amount = defined<JsonObject>({
    effort,
    max_tokens: enabled === false ? undefined : budgetTokens,
    enabled: enabled === true && effort === undefined && budgetTokens === undefined ? true : undefined,
    exclude: summary === 'omitted' ? true : undefined,
  })
  return Object.keys(amount).length === 0 ? {} : { reasoning: amount }
}

/** `thinking` of DeepSeek (Thinking mode guide, 2026-11), and of Zhipu (the same). */
function bySwitch({ enabled }: Reasoning): JsonObject {
  return enabled === undefined ? {} : { thinking: { type: enabled ? 'enabled' : 'disabled' } }
}

function glmEfforts(model: string): readonly Effort[] {
  if (/glm-5[.-]2/i.test(model)) return ['high', 'max']
  return /glm-(?:5[.-][3-9]|[6-9])/i.test(model) ? ['low', 'high', 'max'] : []
}

/** Kimi K2.5 and K2.6 have a switch, which refuses an effort beside it; those since K3 an effort alone. */
function byKimi(reasoning: Reasoning, model: string): JsonObject {
  if (/kimi-k2[.-][56]/i.test(model)) return bySwitch(reasoning)
  return /kimi-k[3-9]/i.test(model) ? bySomeEffort(reasoning, ['low', 'high', 'max']) : {}
}

/** Qwen, and what else Alibaba serves. */
function bySwitchAndBudget({ enabled, budgetTokens }: Reasoning): JsonObject {
  return defined<JsonObject>({
    enable_thinking: enabled,
    thinking_budget: enabled === false ? undefined : budgetTokens,
  })
}

/** The first that matches; models of which nobody here knows are asked for what was asked for. */
type ModelEfforts = readonly (readonly [RegExp, readonly Effort[]])[]

function byModel(table: ModelEfforts): Writer {
  return (reasoning, model) => {
    const taken = table.find(([pattern]) => pattern.test(model))?.[1]
    return taken === undefined ? byEffort(reasoning) : bySomeEffort(reasoning, taken)
  }
}
