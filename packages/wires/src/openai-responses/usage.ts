import { countOf, isObject } from '../fields.ts'
import type { JsonObject, Usage } from '../neutral.ts'

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
