import { defined, tryBoolean, tryInteger, tryString } from '../fields.ts'
import { type JsonObject, type Reasoning, WireError } from '../neutral.ts'

/**
 * `thinkingConfig`: models up to 2.5 have a budget, later ones a level (and take a budget for compatibility, never both).
 * How efforts correspond is what Google's own OpenAI-compatible API does (OpenAI compatibility guide, 2026-11).
 */
type Effort = NonNullable<Reasoning['effort']>

const efforts: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' }

const budgets: Readonly<Record<Effort, number>> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
}

const levels: Readonly<Record<Effort, string>> = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
}

const dynamicBudget = -1
const path = 'generationConfig.thinkingConfig'

export function readReasoning(config: JsonObject): Reasoning | undefined {
  const budget = tryInteger(config, 'thinkingBudget', path)
  const shows = tryBoolean(config, 'includeThoughts', path)
  const reasoning = defined<Reasoning>({
    enabled: budget === 0 ? false : budget === dynamicBudget ? true : undefined,
    effort: readLevel(config),
    budgetTokens: budget !== undefined && budget > 0 ? budget : undefined,
    summary: shows === undefined ? undefined : shows ? 'auto' : 'omitted',
  })
  return Object.keys(reasoning).length === 0 ? undefined : reasoning
}

function readLevel(config: JsonObject): Effort | undefined {
  const level = tryString(config, 'thinkingLevel', path)?.toUpperCase()
  if (level === undefined || level === 'THINKING_LEVEL_UNSPECIFIED') return undefined
  const effort = Object.hasOwn(efforts, level) ? efforts[level] : undefined
  if (effort !== undefined) return effort
  throw new WireError(`${path}.thinkingLevel`, 'notEither', { either: ['minimal', 'low', 'medium', 'high'] })
}

export function writeReasoning(reasoning: Reasoning | undefined, model: string): JsonObject | undefined {
  if (reasoning === undefined) return undefined
  const { summary } = reasoning
  const config: JsonObject = { ...writeAmount(reasoning, model) }
  if (summary !== undefined) config.includeThoughts = summary !== 'omitted'
  return Object.keys(config).length === 0 ? undefined : config
}

function writeAmount({ enabled, effort, budgetTokens }: Reasoning, model: string): JsonObject {
  if (enabled === false) return { thinkingBudget: lowestBudget(model) }
  const level = effort === undefined ? undefined : { thinkingLevel: levels[effort] }
  const budget = budgetTokens === undefined ? undefined : { thinkingBudget: withinLimits(budgetTokens, model) }
  if (!hasBudgets(model)) return level ?? budget ?? dynamic(enabled)
  const budgetOfEffort = effort === undefined ? undefined : { thinkingBudget: budgets[effort] }
  return budget ?? budgetOfEffort ?? dynamic(enabled)
}

function dynamic(enabled: boolean | undefined): JsonObject {
  return enabled === true ? { thinkingBudget: dynamicBudget } : {}
}

export function hasBudgets(model: string): boolean {
  return /gemini-(?:1|2)\b/.test(model)
}

function isPro(model: string): boolean {
  return /gemini-2\.5-pro/.test(model)
}

/** 2.5 Pro cannot stop thinking. */
function lowestBudget(model: string): number {
  return isPro(model) ? 128 : 0
}

/** More than a model's highest budget is refused. */
function withinLimits(budget: number, model: string): number {
  return Math.min(budget, isPro(model) || !hasBudgets(model) ? 32_768 : 24_576)
}
