import { countOf, isObject } from '../fields.ts'
import type { JsonObject, Usage } from '../neutral.ts'
import { readTier } from '../shared/service-tier.ts'

/**
 * Anthropic's usage report ⇄ disjoint counters (Messages API reference, 2026-11).
 *
 * `input_tokens` excludes what was read from or written to the cache; `cache_creation` splits the writes by lifetime;
 * `output_tokens` includes thinking, which `output_tokens_details` tells apart. Iterations that compacted the context, or in
 * which an advisor was asked, are billed, but left out of the top-level counts. `server_tool_use` counts searches.
 * Fast mode is told as `speed`, every other tier as `service_tier`.
 */
export function readUsage(report: JsonObject): Usage {
  const split = isObject(report.cache_creation) ? report.cache_creation : undefined
  const details = isObject(report.output_tokens_details) ? report.output_tokens_details : undefined
  const tools = isObject(report.server_tool_use) ? report.server_tool_use : undefined
  const cacheWrite1h = countOf(split, 'ephemeral_1h_input_tokens')
  const written = Math.max(
    countOf(report, 'cache_creation_input_tokens'),
    cacheWrite1h + countOf(split, 'ephemeral_5m_input_tokens'),
  )
  const allOutput = countOf(report, 'output_tokens')
  const thinking = Math.min(allOutput, countOf(details, 'thinking_tokens'))
  const usage = {
    input: countOf(report, 'input_tokens'),
    output: allOutput - thinking,
    cacheRead: countOf(report, 'cache_read_input_tokens'),
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    thinking,
    audioInput: 0,
    audioOutput: 0,
    webSearches: countOf(tools, 'web_search_requests'),
    fileSearches: 0,
    serviceTier: report.speed === 'fast' ? 'fast' : readTier(report.service_tier),
  }
  return iterationsBeside(report).reduce(addIteration, usage)
}

/** Reports in a stream are cumulative: a later one stands for each field that it has. */
export function mergeUsageReports(earlier: JsonObject | undefined, later: JsonObject): JsonObject {
  const merged: JsonObject = { ...earlier }
  for (const key of Object.keys(later)) {
    const value = later[key]
    if (value !== null && value !== undefined) merged[key] = value
  }
  return merged
}

function iterationsBeside({ iterations }: JsonObject): JsonObject[] {
  if (!Array.isArray(iterations)) return []
  return iterations.filter(isObject).filter(({ type }) => type === 'compaction' || type === 'advisor_message')
}

function addIteration(usage: Usage, iteration: JsonObject): Usage {
  const { iterations: _, ...report } = iteration
  const added = readUsage(report)
  return {
    ...usage,
    input: usage.input + added.input,
    output: usage.output + added.output,
    cacheRead: usage.cacheRead + added.cacheRead,
    cacheWrite5m: usage.cacheWrite5m + added.cacheWrite5m,
    cacheWrite1h: usage.cacheWrite1h + added.cacheWrite1h,
    thinking: usage.thinking + added.thinking,
  }
}

/** The whole report of a reply. Audio counts with the rest: this wire has no word for it. */
export function writeUsage(usage: Usage): JsonObject {
  return { ...writeDeltaUsage(usage), inference_geo: null, service_tier: 'standard', speed: null }
}

/** The part that `message_delta` has; the split of cache writes goes along, because only the last report is sure. */
export function writeDeltaUsage(usage: Usage): JsonObject {
  return {
    input_tokens: usage.input + usage.audioInput,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: usage.output + usage.thinking + usage.audioOutput,
    output_tokens_details: { thinking_tokens: usage.thinking },
    server_tool_use: null,
  }
}
