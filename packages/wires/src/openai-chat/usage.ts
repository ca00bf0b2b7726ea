import { countOf, isObject } from '../fields.ts'
import type { JsonObject, Usage } from '../neutral.ts'
import { readTier } from '../shared/service-tier.ts'

/**
 * OpenAI's usage report ⇄ disjoint counters (Chat Completions reference, 2026-11), and what compatible servers make of it.
 *
 * `prompt_tokens` include cached, cache-written and audio tokens; `completion_tokens` include reasoning and audio tokens.
 * DeepSeek says cached tokens as `prompt_cache_hit_tokens`, Moonshot as `cached_tokens` beside the totals; xAI leaves
 * reasoning out of `completion_tokens`, which only the total gives away. `tier` is the `service_tier` beside the report.
 */
export function readUsage(report: JsonObject, tier?: unknown): Usage {
  const prompt = isObject(report.prompt_tokens_details) ? report.prompt_tokens_details : undefined
  const completion = isObject(report.completion_tokens_details) ? report.completion_tokens_details : undefined
  const take = createTaker(countOf(report, 'prompt_tokens'))
  const cacheRead = take(
    countOf(prompt, 'cached_tokens') || countOf(report, 'prompt_cache_hit_tokens') || countOf(report, 'cached_tokens'),
  )
  const cacheWrite5m = take(countOf(prompt, 'cache_write_tokens'))
  const audioInput = take(countOf(prompt, 'audio_tokens'))
  const reasoning = countOf(completion, 'reasoning_tokens')
  const takeOutput = createTaker(completionTokens(report, reasoning))
  const thinking = takeOutput(reasoning)
  const audioOutput = takeOutput(countOf(completion, 'audio_tokens'))
  return {
    input: take(Number.POSITIVE_INFINITY),
    output: takeOutput(Number.POSITIVE_INFINITY),
    cacheRead,
    cacheWrite5m,
    cacheWrite1h: 0,
    thinking,
    audioInput,
    audioOutput,
    webSearches: 0,
    fileSearches: 0,
    serviceTier: readTier(tier),
  }
}

function completionTokens(report: JsonObject, reasoning: number): number {
  const tokens = countOf(report, 'completion_tokens')
  const isApart = countOf(report, 'total_tokens') === countOf(report, 'prompt_tokens') + tokens + reasoning
  return isApart ? tokens + reasoning : tokens
}

/** Takes counts out of a total, never more than is left: parts that do not add up cannot make tokens. */
function createTaker(total: number): (count: number) => number {
  let left = total
  return (count) => {
    const taken = Math.min(count, left)
    left -= taken
    return taken
  }
}

export function writeUsage(usage: Usage): JsonObject {
  const cacheWrites = usage.cacheWrite5m + usage.cacheWrite1h
  const prompt = usage.input + usage.cacheRead + cacheWrites + usage.audioInput
  const completion = usage.output + usage.thinking + usage.audioOutput
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: cacheWrites,
      audio_tokens: usage.audioInput,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.thinking,
      audio_tokens: usage.audioOutput,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}
