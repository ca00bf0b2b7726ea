/**
 * What Claude models take of settings where they differ, which a request made for another wire cannot know. Compared on
 * 2026-11-30 with the table of models in the npm package @ai-sdk/anthropic 4.0.105 (Apache-2.0).
 */
export interface ModelTraits {
  /** How thinking is asked for: not at all, by a budget, by an effort ("adaptive"), or by either. */
  readonly thinking: 'none' | 'budget' | 'effort' | 'either'
  /** The least thinking that there is: none, some between the calls of tools, or what a low effort takes. */
  readonly leastThinking: 'disabled' | 'between_tools' | 'low effort'
  /** Temperature, top_p, top_k. */
  readonly takesSampling: boolean
  readonly hasHighestEfforts: boolean
  /** It can be made to call a tool, or one of them. */
  readonly takesForcedTool: boolean
  /** It can be held to a schema: its reply, and the arguments of strict tools. */
  readonly takesSchemas: boolean
  /** A message of its own may stand last, for it to go on with. */
  readonly takesBeginning: boolean
}

const first: ModelTraits = {
  thinking: 'none',
  leastThinking: 'disabled',
  takesSampling: true,
  hasHighestEfforts: false,
  takesForcedTool: true,
  takesSchemas: false,
  takesBeginning: true,
}
const withBudget: ModelTraits = { ...first, thinking: 'budget' }
const withSchemas: ModelTraits = { ...withBudget, takesSchemas: true }
const withEither: ModelTraits = { ...withSchemas, thinking: 'either', takesBeginning: false }
const withoutSampling: ModelTraits = { ...withEither, takesSampling: false, hasHighestEfforts: true }
const withEffort: ModelTraits = { ...withoutSampling, thinking: 'effort' }

/** The first that matches. */
const models: readonly (readonly [RegExp, ModelTraits])[] = [
  [/claude-(?:instant|v?[12](?:[.:-]|$)|3(?![.-]7))/, first],
  [/claude-(?:3[.-]7|(?:sonnet|opus)-4(?![.-][1-9](?!\d)))/, withBudget],
  [/claude-(?:sonnet|opus|haiku)-4(?![.-][6-9](?!\d))/, withSchemas],
  [/claude-(?:sonnet|opus)-4[.-]6/, withEither],
  [/claude-sonnet-5[.-]5/, { ...withEffort, leastThinking: 'between_tools', takesForcedTool: false }],
  [
    /claude-(?:opus-5[.-]5|fable-5[.-][12](?!\d))/,
    { ...withEffort, leastThinking: 'low effort', takesForcedTool: false },
  ],
  [/claude-fable-5/, { ...withEffort, leastThinking: 'low effort' }],
  [/claude-haiku-5[.-]5/, withEffort],
  [/claude-(?:opus-4[.-][78]|opus-5|sonnet-5)/, withoutSampling],
]

/** Undefined for models that nobody here knows: they are asked for what was asked for. */
export function tryModelTraits(model: string): ModelTraits | undefined {
  return models.find(([pattern]) => pattern.test(model))?.[1]
}
