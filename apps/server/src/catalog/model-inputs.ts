/**
 * What a model reads besides text. Nobody tells: neither upstreams' lists nor price tables. Where it was not set, it goes
 * by the names of models that are known to read text alone; those that come out now read pictures.
 */
export const modelInputs = ['image', 'document'] as const
export type ModelInput = (typeof modelInputs)[number]

const textOnly = [
  /^(ft:)?gpt-3\.5|^gpt-4(-\d{4}|-32k|-\d{4}-preview)?$|^(text|davinci|babbage)-|instruct$/,
  /^o1-(mini|preview)|^o3-mini|^gpt-oss/,
  /^claude-(instant|2)/,
  /^(deepseek|codestral|mixtral|mistral-(7b|nemo|tiny)|ministral|command|phi-?[23]|kimi-k2|moonshot-v1-(8k|32k|128k)$|yi-)/,
  /^(meta-)?llama-?(2|3(\.[13])?)([:.-](?!.*vision)|$)/,
  /^(qwen|qwq)(?!.*(vl|omni))|^glm-(4|z1)(?!.*\dv)/,
]
/** Those that take PDF as it is. */
const documents = [
  /^claude-(?!instant|2)/,
  /^gemini-/,
  /^gpt-(4o|4\.1|4\.5|[5-9])/,
  /^(chatgpt-4o|o1$|o1-pro|o[3-9](?!-mini))/,
]

/** By a name like `gpt-4o` or `openai/gpt-4o`. */
export function inputsByName(name: string): readonly ModelInput[] {
  const plain = name.toLowerCase().split('/').at(-1) ?? ''
  if (textOnly.some((pattern) => pattern.test(plain))) return []
  return documents.some((pattern) => pattern.test(plain)) ? ['image', 'document'] : ['image']
}

/** As stored: a JSON list; what is not known any more is left out. */
export function readInputs(json: string): readonly ModelInput[] {
  const stored: unknown = JSON.parse(json)
  return modelInputs.filter((input) => Array.isArray(stored) && stored.includes(input))
}
