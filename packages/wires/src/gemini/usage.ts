import { countOf, isObject } from '../fields.ts'
import type { JsonObject, JsonValue, Usage } from '../neutral.ts'
import { readTier } from '../shared/service-tier.ts'

/**
 * `usageMetadata` ⇄ disjoint counters (GenerateContent reference, 2026-11).
 *
 * `promptTokenCount` includes what came from the cache; what tools of the provider put into the prompt counts apart, and
 * so do thoughts. Audio is priced by itself: `…TokensDetails` tell how much of a count it is.
 */
export function readUsage(report: JsonObject): Usage {
  const allInput = countOf(report, 'promptTokenCount') + countOf(report, 'toolUsePromptTokenCount')
  const cacheRead = Math.min(allInput, countOf(report, 'cachedContentTokenCount'))
  const audio = audioOf(report.promptTokensDetails) + audioOf(report.toolUsePromptTokensDetails)
  const audioInput = Math.min(allInput - cacheRead, Math.max(0, audio - audioOf(report.cacheTokensDetails)))
  const thinking = countOf(report, 'thoughtsTokenCount')
  const allOutput = outputOf(report, allInput, thinking)
  const audioOutput = Math.min(allOutput, audioOf(report.candidatesTokensDetails))
  return {
    input: allInput - cacheRead - audioInput,
    output: allOutput - audioOutput,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    thinking,
    audioInput,
    audioOutput,
    webSearches: 0,
    fileSearches: 0,
    serviceTier: readTier(report.serviceTier),
  }
}

/** Some servers count thoughts among the candidates' tokens: then the total is what shows it. */
function outputOf(report: JsonObject, allInput: number, thinking: number): number {
  const candidates = countOf(report, 'candidatesTokenCount')
  const hasThoughtsInside =
    thinking > 0 && candidates >= thinking && countOf(report, 'totalTokenCount') === allInput + candidates
  return hasThoughtsInside ? candidates - thinking : candidates
}

function audioOf(details: JsonValue | undefined): number {
  if (!Array.isArray(details)) return 0
  const audio = details.filter(isObject).filter(({ modality }) => modality === 'AUDIO')
  return audio.reduce((sum, detail) => sum + countOf(detail, 'tokenCount'), 0)
}

/** Counts that are zero are left out, as the provider does. Writing into a cache is not told here. */
export function writeUsage(usage: Usage): JsonObject {
  const prompt = usage.input + usage.audioInput + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h
  const candidates = usage.output + usage.audioOutput
  const { cacheRead, thinking, audioInput, audioOutput } = usage
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: candidates,
    totalTokenCount: prompt + candidates + thinking,
    ...(cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}),
    ...(thinking > 0 ? { thoughtsTokenCount: thinking } : {}),
    ...(audioInput > 0 ? { promptTokensDetails: split(prompt, audioInput) } : {}),
    ...(audioOutput > 0 ? { candidatesTokensDetails: split(candidates, audioOutput) } : {}),
  }
}

function split(all: number, audio: number): JsonObject[] {
  return [
    { modality: 'TEXT', tokenCount: all - audio },
    { modality: 'AUDIO', tokenCount: audio },
  ]
}
