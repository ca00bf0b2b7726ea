import type { WireName } from '../api-types.ts'

/** The relay's interfaces by the names that their makers give them. */
export const doorNames: Record<WireName, string> = {
  anthropic: 'Anthropic Messages',
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  gemini: 'Gemini',
}

export function doorName(wire: string): string {
  return Object.entries(doorNames).find(([name]) => name === wire)?.[1] ?? wire
}
