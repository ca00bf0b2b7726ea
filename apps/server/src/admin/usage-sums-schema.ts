import { dollars } from '@parley/contract'
import { z } from 'zod'
import type { UsageRow, UsageSums } from '../ledger/statistics.ts'

const count = z.number().int()

const sums = {
  requests: count,
  errors: count.describe('calls that did not end well'),
  input_tokens: count,
  output_tokens: count.describe('with thinking and audio'),
  cache_read_tokens: count,
  cache_write_tokens: count,
  tokens: count.describe('all of them'),
  cost_usd: z.number(),
  charged_usd: z.number().describe('cost times the multiplier of the key or user'),
  average_duration_ms: count.nullable(),
  average_first_byte_ms: count.nullable(),
}

export const usageSumsSchema = z.object(sums).meta({ id: 'UsageSums' })
export const usageRowSchema = z
  .object({ time: z.string().describe('when the hour, day or month began, UTC'), subject: z.string(), ...sums })
  .meta({ id: 'UsageRow' })

export function presentSums(given: UsageSums): z.output<typeof usageSumsSchema> {
  return {
    requests: given.requests,
    errors: given.errors,
    input_tokens: given.inputTokens,
    output_tokens: given.outputTokens,
    cache_read_tokens: given.cacheReadTokens,
    cache_write_tokens: given.cacheWriteTokens,
    tokens: given.tokens,
    cost_usd: dollars(given.costNanos),
    charged_usd: dollars(given.chargedNanos),
    average_duration_ms: given.averageDurationMs,
    average_first_byte_ms: given.averageFirstByteMs,
  }
}

export function presentRow(row: UsageRow): z.output<typeof usageRowSchema> {
  return { time: new Date(row.bucket).toISOString(), subject: row.subject, ...presentSums(row) }
}
