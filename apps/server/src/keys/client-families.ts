import { tryOwn } from '@parley/wires'

/**
 * Which program makes a call, as its user agent says. It keeps honest clients apart, so that a key for one tool is not
 * used with another by mistake; who wants to can say anything in a user agent.
 */
const families: { readonly [name: string]: RegExp } = {
  'claude-code': /^claude-(?:cli|code)\//i,
  codex: /^codex[_-]/i,
  'gemini-cli': /^gemini-?cli\b/i,
  'qwen-code': /^qwen-?code\//i,
  droid: /^factory-cli\//i,
  'anthropic-sdk': /^anthropic\//i,
  'openai-sdk': /^(?:async)?openai\//i,
  'google-genai-sdk': /^google-genai-sdk\//i,
}

export const clientFamilies = Object.keys(families)

/** Whether a user agent is of one of these families, or begins like one of these names. */
export function isAllowedClient(allowed: readonly string[], userAgent: string): boolean {
  const said = userAgent.toLowerCase()
  return allowed
    .map((name) => name.toLowerCase())
    .some((name) => tryOwn(families, name)?.test(userAgent) ?? said.startsWith(name))
}
