import type { AccountKind } from './account.ts'

/** What an account calls the models it serves, by public id; null: it serves every model of its kind under its own name. */
export type ModelMap = ReadonlyMap<string, string> | null

const families: readonly [AccountKind, RegExp][] = [
  ['anthropic', /^claude/i],
  ['openai', /^(?:gpt-|chatgpt-|o\d|codex|computer-use|text-embedding-(?:3|ada)|dall-e|tts-|whisper|davinci|babbage)/i],
  ['gemini', /^(?:gemini|gemma|learnlm|imagen|veo|text-embedding-0|embedding-0)/i],
]

/** The kind of account that a model's name belongs to; undefined for names that say nothing. */
function familyOf(model: string): AccountKind | undefined {
  return families.find(([, pattern]) => pattern.test(model))?.[0]
}

export interface ServingAccount {
  readonly kind: AccountKind
  /** A custom base URL: it may serve anything under names of its own. */
  readonly isCustom: boolean
  readonly models: ModelMap
}

/** What the account calls the model; undefined when it does not serve it. */
export function tryUpstreamModel(model: string, account: ServingAccount): string | undefined {
  if (account.models !== null) return account.models.get(model)
  const family = familyOf(model)
  if (family === undefined) return account.isCustom ? model : undefined
  // Azure serves deployments, whose names are the operator's own.
  if (account.kind === 'azure-openai') return family === 'openai' ? model : undefined
  return family === account.kind ? model : undefined
}
