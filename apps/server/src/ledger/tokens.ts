import type { Usage } from '@parley/wires'

/** Everything that was counted, as a quota sees it. */
export function tokensOf(usage: Usage): number {
  return inputTokensOf(usage) + outputTokensOf(usage)
}

export function inputTokensOf({ input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput }: Usage): number {
  return input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput
}

export function outputTokensOf({ output, thinking, audioOutput }: Usage): number {
  return output + thinking + audioOutput
}
