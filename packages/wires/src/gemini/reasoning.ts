import { defined, tryBoolean, tryInteger, tryString } from '../fields.ts'
import { type JsonObject, type Reasoning, WireError } from '../neutral.ts'
import { askedEffort, type Effort, nearestEffort } from '../shared/effort.ts'
import { type GeminiModel, tryGeminiModel } from '../shared/gemini-models.ts'

/**
 * `thinkingConfig`: models up to 2.5 have a budget, later ones a level, none both. How efforts correspond is what Google's own
 * OpenAI-compatible API does (OpenAI compatibility guide, 2026-11).
 */
type Thinking = NonNullable<Reasoning['effort']>

const efforts: Readonly<Record<string, Thinking>> = {
  MINIMAL: 'minimal',
  LOW: 'low',
  MEDIUM: 'medium',
  HIGH: 'high',
  XHIGH: 'xhigh',
}

const budgets: Readonly<Record<Thinking, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
}

/** For models that nobody here knows. */
const commonLevels: readonly Effort[] = ['minimal', 'low', 'medium', 'high']

const dynamicBudget = -1
const path = 'generationConfig.thinkingConfig'

export function readReasoning(config: JsonObject): Reasoning | undefined {
  const budget = tryInteger(config, 'thinkingBudget', path)
  const shows = tryBoolean(config, 'includeThoughts', path)
  const effort = readLevel(config)
  const isOn = budget === dynamicBudget || effort !== undefined
  const reasoning = defined<Reasoning>({
    enabled: budget === 0 ? false : isOn || undefined,
    effort,
    budgetTokens: budget !== undefined && budget > 0 ? budget : undefined,
    summary: shows === undefined ? undefined : shows ? 'auto' : 'omitted',
  })
  return Object.keys(reasoning).length === 0 ? undefined : reasoning
}

function readLevel(config: JsonObject): Thinking | undefined {
  const level = tryString(config, 'thinkingLevel', path)?.toUpperCase()
  if (level === undefined || level === 'THINKING_LEVEL_UNSPECIFIED') return undefined
  const effort = Object.hasOwn(efforts, level) ? efforts[level] : undefined
  if (effort !== undefined) return effort
  throw new WireError(`${path}.thinkingLevel`, 'notEither', { either: ['minimal', 'low', 'medium', 'high', 'xhigh'] })
}

export function writeReasoning(reasoning: Reasoning | undefined, model: string): JsonObject | undefined {
  const traits = tryGeminiModel(model)
  if (reasoning === undefined || (traits && !traits.budgets && !traits.levels)) return undefined
  const { summary } = reasoning
  const config: JsonObject = { ...writeAmount(reasoning, traits) }
  if (summary !== undefined) config.includeThoughts = summary !== 'omitted'
  return Object.keys(config).length === 0 ? undefined : config
}

function writeAmount(reasoning: Reasoning, traits: GeminiModel | undefined): JsonObject {
  if (traits?.levels) return byLevel(reasoning, traits.levels)
  if (traits?.budgets) return byBudget(reasoning, traits.budgets)
  const { enabled, effort, budgetTokens } = reasoning
  if (enabled === false) return { thinkingBudget: 0 }
  if (effort !== undefined) return byLevel(reasoning, commonLevels)
  return budgetTokens === undefined ? dynamic(enabled) : { thinkingBudget: budgetTokens }
}

/** None of these models can stop thinking. */
function byLevel(reasoning: Reasoning, levels: readonly Effort[]): JsonObject {
  const asked = askedEffort(reasoning)
  if (asked === undefined) return dynamic(reasoning.enabled)
  return { thinkingLevel: nearestEffort(levels, asked).toUpperCase() }
}

function byBudget(
  { enabled, effort, budgetTokens }: Reasoning,
  { least, most, canStop }: NonNullable<GeminiModel['budgets']>,
): JsonObject {
  if (enabled === false) return { thinkingBudget: canStop ? 0 : least }
  const asked = budgetTokens ?? (effort && budgets[effort])
  return asked === undefined ? dynamic(enabled) : { thinkingBudget: Math.min(most, Math.max(least, asked)) }
}

function dynamic(enabled: boolean | undefined): JsonObject {
  return enabled === true ? { thinkingBudget: dynamicBudget } : {}
}
