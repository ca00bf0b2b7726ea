import { defined } from '../fields.ts'
import { type ChatRequest, type Reasoning, WireError } from '../neutral.ts'
import { askedEffort, type Effort, efforts, nearestEffort } from './effort.ts'

/**
 * What OpenAI's models take of settings where they differ, which a request made for another wire cannot know. Compared on
 * 2026-11-30 with the models in the npm packages @ai-sdk/openai 4.0.118 (Apache-2.0) and @earendil-works/pi-ai 1.5.2 (MIT; the
 * efforts of pro and codex models). Stop sequences: what the API answers to who sends them.
 */
interface OpenAiModel {
  /** How much thinking can be asked for, from the least; nothing: the model does not think. */
  readonly efforts: readonly Effort[]
  readonly takesStop: boolean
}

function thinking(least: Effort, most: Effort): OpenAiModel {
  const between = efforts.slice(efforts.indexOf(least), efforts.indexOf(most) + 1)
  // Only the first of those that think know `minimal`: it became `none`.
  return { efforts: least === 'none' ? between.filter((effort) => effort !== 'minimal') : between, takesStop: true }
}

function withoutStop(model: OpenAiModel): OpenAiModel {
  return { ...model, takesStop: false }
}

const notThinking: OpenAiModel = { efforts: [], takesStop: true }

/** The first that matches. */
const models: readonly (readonly [RegExp, OpenAiModel])[] = [
  [/^(?:chatgpt|gpt-(?:3\.?5|4|4\.\d|4o|5-chat))(?:-|$)/, notThinking],
  [/^o(?:1|3-mini)(?:-|$)/, thinking('low', 'high')],
  [/^(?:o\d+|codex-mini)(?:-|$)/, withoutStop(thinking('low', 'high'))],
  [/^gpt-5\.\d+-chat(?:-|$)/, withoutStop(thinking('medium', 'medium'))],
  [/^gpt-5-pro(?:-|$)/, withoutStop(thinking('high', 'high'))],
  [/^gpt-5\.\d+-pro(?:-|$)/, thinking('medium', 'xhigh')],
  [/^gpt-5(?:\.1)?-codex(?!-max)/, withoutStop(thinking('low', 'high'))],
  [/^gpt-5\.\d+-codex/, thinking('low', 'xhigh')],
  [/^gpt-5(?:-|$)/, withoutStop(thinking('minimal', 'high'))],
  [/^gpt-5\.1(?:-|$)/, withoutStop(thinking('none', 'high'))],
  [/^gpt-5\.[2-4](?:-|$)/, withoutStop(thinking('none', 'xhigh'))],
  [/^gpt-5\.5(?:-|$)/, thinking('none', 'xhigh')],
  [/^gpt-5\.6-cyber/, thinking('low', 'max')],
  [/^gpt-(?:5\.\d+|6-(?:luna|sol)|6\.1-terra)(?:-|$)/, thinking('none', 'max')],
  [/^gpt-(?:[6-9]|[1-9]\d)(?:[.-]|$)/, thinking('low', 'max')],
]

function tryOpenAiModel(name: string): OpenAiModel | undefined {
  // Without its seller or its making: `openai/gpt-5`, `ft:gpt-4o:team`.
  const bare = name.replace(/^(?:.*\/|ft:)/, '')
  return models.find(([pattern]) => pattern.test(bare))?.[1]
}

/** False also for models that nobody here knows. */
export function isOpenAiThinker(name: string): boolean {
  return (tryOpenAiModel(name)?.efforts.length ?? 0) > 0
}

/**
 * For request writers: with the settings that the model takes. Who thinks samples as it wants, and refuses to be told; some can
 * be told when they do not think. Throws a WireError where what is left out would change what the request means.
 */
export function withTakenSettings(request: ChatRequest, wire: 'openai-chat' | 'openai-responses'): ChatRequest {
  const model = tryOpenAiModel(request.model)
  if (model === undefined) return request
  if (request.stop?.length && !model.takesStop) {
    throw new WireError('stop', 'noStopSequences', { model: request.model })
  }
  // On Chat Completions the highest effort is not known.
  const taken = wire === 'openai-chat' ? model.efforts.filter((effort) => effort !== 'max') : model.efforts
  if (taken.length === 0) return defined<ChatRequest>({ ...request, reasoning: undefined })
  const reasoning = request.reasoning && takenReasoning(request.reasoning, taken)
  const untold = { presencePenalty: undefined, frequencyPenalty: undefined }
  if (reasoning?.enabled === false) return defined<ChatRequest>({ ...request, reasoning, ...untold })
  return defined<ChatRequest>({ ...request, reasoning, ...untold, temperature: undefined, topP: undefined })
}

function takenReasoning(reasoning: Reasoning, taken: readonly Effort[]): Reasoning {
  const asked = askedEffort(reasoning)
  if (asked === undefined) return reasoning
  const { budgetTokens: _budget, effort: _effort, ...others } = reasoning
  const effort = nearestEffort(taken, asked)
  return effort === 'none' ? { ...others, enabled: false } : { ...others, enabled: true, effort }
}
