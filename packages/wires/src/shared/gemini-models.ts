import type { Effort } from '../shared/effort.ts'

/**
 * What Gemini models take of settings where they differ, which a request made for another wire cannot know. Compared on 2026-11-30
 * with the models in the npm packages @ai-sdk/google 4.0.121 (Apache-2.0) and @earendil-works/pi-ai 1.5.2 (MIT): where they
 * differ, the level that both have is taken. That only 2.0 takes penalties is what the API says to who sends them.
 */
export interface GeminiModel {
  /** How many tokens it may be asked to think: models of 2.5 are asked so. */
  readonly budgets?: { readonly least: number; readonly most: number; readonly canStop: boolean }
  /** How much it can be asked to think, from the least: models since 3 are asked so. */
  readonly levels?: readonly Effort[]
  readonly takesPenalties: boolean
  /** Since 3: results of tools may hold media, JSON may be asked for where tools are offered, and calls must be signed. */
  readonly mixesTools: boolean
}

const first: GeminiModel = { takesPenalties: false, mixesTools: false }
const third: GeminiModel = { takesPenalties: false, mixesTools: true }
const fromMinimal: GeminiModel = { ...third, levels: ['minimal', 'low', 'medium', 'high'] }
const fromLow: GeminiModel = { ...third, levels: ['low', 'medium', 'high'] }

/** The first that matches. */
const models: readonly (readonly [RegExp, GeminiModel])[] = [
  [/gemini-(?:1\b|pro(?:-vision)?$)/, first],
  [/gemini-2\.0/, { ...first, takesPenalties: true }],
  [/gemini-2\.5-pro/, { ...first, budgets: { least: 128, most: 32_768, canStop: false } }],
  [/gemini-2\.5-flash-lite/, { ...first, budgets: { least: 512, most: 24_576, canStop: true } }],
  [/gemini-(?:2\b|robotics-er-1)/, { ...first, budgets: { least: 1, most: 24_576, canStop: true } }],
  [/gemini-3-pro/, { ...third, levels: ['low', 'high'] }],
  [/gemini-4-hydrogen/, { ...third, levels: ['low', 'medium', 'high', 'xhigh'] }],
  [/gemini-(?:\d+(?:\.\d+)?-)?pro/, fromLow],
  [/gemini-(?:3\.[7-9]-flash(?!-lite)|[4-9]|flash-latest)/, fromLow],
  [/gemini-/, fromMinimal],
]

/** Undefined for models that nobody here knows: they are asked for what was asked for. */
export function tryGeminiModel(name: string): GeminiModel | undefined {
  return models.find(([pattern]) => pattern.test(name))?.[1]
}
