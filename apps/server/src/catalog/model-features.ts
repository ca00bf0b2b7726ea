/**
 * What a model can do beyond answering: call tools, think before it speaks. It is shown where people choose a model, and
 * decides nothing. Where it was not set, it goes by the names of models that are known to; of others nothing is said.
 *
 * The families are those of the model data in the npm package @mariozechner/pi-ai 0.73.1 (MIT), whose catalogue has only models
 * that call tools and says of each whether it reasons; compared on 2026-11-29.
 */
export const modelFeatures = ['tools', 'thinking'] as const
export type ModelFeature = (typeof modelFeatures)[number]

/** They share a family's name and are another thing. */
const others = /image|audio|tts|live|transcribe|realtime|embed|moderation|guard|computer-use|search/

const tools = [
  /^gpt-(3\.5-turbo|4($|-turbo|-0|-1|o($|-mini|-20)|\.1)|5|oss)/,
  /^o1($|-pro|-20)|^o3|^o4-mini/,
  /^claude-(3|(opus|sonnet|haiku)-[4-9])/,
  /^gemini-(1\.5|2|3|flash-|pro-)/,
  /^grok-([2-9]|code)/,
  /^(mistral-(large|medium|small|nemo)|codestral|devstral|ministral|magistral|pixtral|command-[ar])/,
  /^deepseek-(chat|r1|v[34])|^kimi-k2|^glm-(4[.p][5-9]|5)|^qwen-?3|^minimax-m[12]/,
  /^llama-?(3[.-][13]|4)/,
]

const thinking = [
  /^gpt-(5(?!.*chat)|oss)/,
  /^o1($|-pro|-20)|^o3|^o4-mini/,
  /^claude-(3[.-]7|(opus|sonnet|haiku)-[4-9])/,
  /^gemini-(2\.5|3)/,
  /^grok-(3-mini|4(?!.*non-reasoning)|code)/,
  /^magistral|^deepseek-(v4|r1)|^qwq|^kimi-k2([.p][5-9]|-thinking)|^glm-(4[.p][5-9]|5)|^minimax-m[12]/,
  /-thinking/,
]

/** By a name like `gpt-5` or `openai/gpt-5`. */
export function featuresByName(name: string): readonly ModelFeature[] {
  // Without its seller: `us.anthropic.claude-opus-4-6`.
  const plain = (name.toLowerCase().split('/').at(-1) ?? '').replace(/^(?:[a-z]+\.)+/, '')
  if (others.test(plain)) return []
  const known = { tools, thinking }
  return modelFeatures.filter((feature) => known[feature].some((pattern) => pattern.test(plain)))
}

/** As stored: a JSON list; what is not known any more is left out. */
export function readFeatures(json: string): readonly ModelFeature[] {
  const stored: unknown = JSON.parse(json)
  return modelFeatures.filter((feature) => Array.isArray(stored) && stored.includes(feature))
}
