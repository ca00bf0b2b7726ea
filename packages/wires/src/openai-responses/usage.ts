import { countOf, isObject } from '../fields.ts'
import { type JsonObject, noUsage, type Usage } from '../neutral.ts'
import { readTier } from '../shared/service-tier.ts'

/**
 * Responses usage ⇄ disjoint counters (Responses API reference, 2026-11).
 *
 * `input_tokens` includes what was read from and written to the cache, `output_tokens` includes reasoning. Cache writes
 * live 30 minutes or 12 hours: the counters of the two lifetimes, short and long.
 */
export function readUsage(report: JsonObject): Usage {
  const inputDetails = isObject(report.input_tokens_details) ? report.input_tokens_details : undefined
  const outputDetails = isObject(report.output_tokens_details) ? report.output_tokens_details : undefined
  const writes = isObject(inputDetails?.cache_write_tokens_details)
    ? inputDetails.cache_write_tokens_details
    : undefined
  const allInput = countOf(report, 'input_tokens')
  const allOutput = countOf(report, 'output_tokens')
  const cacheRead = Math.min(allInput, countOf(inputDetails, 'cached_tokens'))
  const written = Math.min(allInput - cacheRead, countOf(inputDetails, 'cache_write_tokens'))
  const cacheWrite1h = Math.min(written, countOf(writes, 'ttl_12h_tokens'))
  const audioInput = Math.min(allInput - cacheRead - written, countOf(inputDetails, 'audio_tokens'))
  const thinking = Math.min(allOutput, countOf(outputDetails, 'reasoning_tokens'))
  const audioOutput = Math.min(allOutput - thinking, countOf(outputDetails, 'audio_tokens'))
  return {
    input: allInput - cacheRead - written - audioInput,
    output: allOutput - thinking - audioOutput,
    cacheRead,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    thinking,
    audioInput,
    audioOutput,
    webSearches: 0,
    fileSearches: 0,
    serviceTier: null,
  }
}

export type Searches = Pick<Usage, 'webSearches' | 'fileSearches'>

/** Adds an item of a reply's output if it is a search that is billed: opening a page that was found is not. */
export function countSearch(item: unknown, searches: Searches): void {
  if (!isObject(item) || item.status === 'failed') return
  if (item.type === 'file_search_call') searches.fileSearches += 1
  if (item.type !== 'web_search_call') return
  const { type = 'search' } = isObject(item.action) ? item.action : {}
  if (type === 'search') searches.webSearches += 1
}

/**
 * What a whole reply used, undefined when it has no report. Searches and the tier are not in the report: `tool_usage` counts
 * searches that are billed, and where it is missing the items of the output do. `seen` were in events before, for servers whose last event
 * does not repeat them.
 */
export function readReplyUsage(response: JsonObject, seen: Searches = noUsage): Usage | undefined {
  if (!isObject(response.usage)) return undefined
  const listed = { webSearches: 0, fileSearches: 0 }
  if (Array.isArray(response.output)) for (const item of response.output) countSearch(item, listed)
  const billed = isObject(response.tool_usage) ? response.tool_usage.web_search : undefined
  return {
    ...readUsage(response.usage),
    webSearches: isObject(billed) ? countOf(billed, 'num_requests') : Math.max(listed.webSearches, seen.webSearches),
    fileSearches: Math.max(listed.fileSearches, seen.fileSearches),
    serviceTier: readTier(response.service_tier),
  }
}

export function writeUsage(usage: Usage): JsonObject {
  const written = usage.cacheWrite5m + usage.cacheWrite1h
  const input = usage.input + usage.audioInput + usage.cacheRead + written
  const output = usage.output + usage.audioOutput + usage.thinking
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: usage.cacheRead,
      cache_write_tokens: written,
      ...(written > 0 ? { cache_write_tokens_details: splitWrites(usage) } : {}),
      ...(usage.audioInput > 0 ? { audio_tokens: usage.audioInput } : {}),
    },
    output_tokens: output,
    output_tokens_details: {
      reasoning_tokens: usage.thinking,
      ...(usage.audioOutput > 0 ? { audio_tokens: usage.audioOutput } : {}),
    },
    total_tokens: input + output,
  }
}

function splitWrites({ cacheWrite5m, cacheWrite1h }: Usage): JsonObject {
  return { ttl_30m_tokens: cacheWrite5m, ttl_12h_tokens: cacheWrite1h }
}
