import { Readable } from 'node:stream'
import { callOutcomes, dollars } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { csvOrJson } from '../http/media.ts'
import { listQuery } from '../http/page-query.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { failedCosts, listRecords, type RecordQuery, type UsageRecord } from '../ledger/records.ts'
import type { Store } from '../store/store.ts'
import { csvLines, jsonLines } from './streamed-export.ts'

/** Of one's own calls. */
export const ownFilter = {
  key_id: z.string().max(64).optional(),
  outcome: z
    .enum(callOutcomes)
    .optional()
    .describe('How it ended; stopped: its caller left, a person stopped it, or a limit was reached.'),
}
const filter = { ...ownFilter, user_id: z.string().max(64).optional() }

export const recordsPage = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(64).optional().describe('request_id of the last row of the page before'),
}
const recordsQuery = listQuery({ ...recordsPage, ...filter })

const count = z.number().int()

export const recordSchema = z
  .object({
    request_id: z.string(),
    at: z.string(),
    user_id: z.string().nullable(),
    key_id: z.string().nullable(),
    account_id: z.string().nullable(),
    conversation_id: z.string().nullable(),
    model: z.string(),
    upstream_model: z.string().nullable(),
    wire: z.string(),
    status: z.enum(['open', 'settled']),
    http_status: count.nullable(),
    end_reason: z.string().nullable(),
    error_code: z.string().nullable(),
    input_tokens: count.describe('without those read from or written to a cache'),
    output_tokens: count.describe('with thinking and audio'),
    thinking_tokens: count,
    cache_read_tokens: count,
    cache_write_tokens: count,
    web_searches: count.describe('by the provider’s own tool, billed by the call'),
    file_searches: count,
    service_tier: z.string().nullable().describe('in the provider’s word: flex, priority; null: the everyday one'),
    usage_source: z.string().nullable().describe('upstream: as it said; estimate: counted by us; none'),
    cost_usd: z.number(),
    cost_nanos: count,
    failed_cost_nanos: count.describe(
      'of failed attempts, and of what came beyond a limit: on the upstream’s bill, and charged to nobody',
    ),
    charged_usd: z.number().describe('cost times the multiplier of the key or user'),
    price_source: z.string().nullable(),
    price_id: z.string().nullable().describe('the version of the price'),
    first_byte_ms: count.nullable(),
    duration_ms: count.nullable(),
    attempts: count,
  })
  .meta({ id: 'UsageRecord' })

const exportQuery = listQuery({ ...filter, format: z.enum(['csv', 'json']).default('csv') })
const exportBatch = 500

/** The ledger, row by row, for operators. */
export function usageRoutes(store: Store, ledger: Pick<Ledger, 'flush'>) {
  return (app: ApiInstance): void => {
    app.get(
      '/usage/records',
      {
        config: { access: 'admin' },
        schema: {
          summary: 'The calls in the ledger, newest first',
          tags: ['admin'],
          querystring: recordsQuery,
          response: { 200: z.array(recordSchema) },
        },
      },
      async ({ query }) => {
        // Whoever has just made a call finds it.
        await ledger.flush()
        const rows = await listRecords(store, {
          limit: query.limit,
          cursor: query.cursor,
          keyId: query.key_id,
          userId: query.user_id,
          outcome: query.outcome,
        })
        return presentRecords(store, rows)
      },
    )

    app.get(
      '/usage/records/export',
      {
        config: { access: 'admin', produces: csvOrJson(recordSchema) },
        schema: { summary: 'All of them as CSV or JSON, streamed', tags: ['admin'], querystring: exportQuery },
      },
      async ({ query }, reply) => {
        await ledger.flush()
        const records = allRecords(store, {
          limit: exportBatch,
          keyId: query.key_id,
          userId: query.user_id,
          outcome: query.outcome,
        })
        const isCsv = query.format === 'csv'
        return reply
          .type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="usage-records.${query.format}"`)
          .send(Readable.from(isCsv ? csvLines(columns, records) : jsonLines(records)))
      },
    )
  }
}

async function* allRecords(store: Store, query: RecordQuery): AsyncGenerator<z.input<typeof recordSchema>> {
  let { cursor } = query
  for (;;) {
    const rows = await listRecords(store, { ...query, cursor })
    yield* await presentRecords(store, rows)
    cursor = rows.at(-1)?.id
    if (rows.length < query.limit) return
  }
}

const columns = Object.keys(recordSchema.shape) as (keyof z.input<typeof recordSchema>)[]

export async function presentRecords(
  store: Store,
  rows: readonly UsageRecord[],
): Promise<z.input<typeof recordSchema>[]> {
  const costs = await failedCosts(
    store,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => presentRecord(row, costs.get(row.id) ?? 0))
}

function presentRecord(row: UsageRecord, failedCostNanos: number): z.input<typeof recordSchema> {
  return {
    request_id: row.id,
    at: new Date(row.at).toISOString(),
    user_id: row.user_id,
    key_id: row.key_id,
    account_id: row.account_id,
    conversation_id: row.conversation_id,
    model: row.model,
    upstream_model: row.upstream_model,
    wire: row.wire,
    status: row.status,
    http_status: row.http_status,
    end_reason: row.end_reason,
    error_code: row.error_code,
    input_tokens: row.input_tokens + row.audio_input_tokens,
    output_tokens: row.output_tokens + row.thinking_tokens + row.audio_output_tokens,
    thinking_tokens: row.thinking_tokens,
    cache_read_tokens: row.cache_read_tokens,
    cache_write_tokens: row.cache_write_5m_tokens + row.cache_write_1h_tokens,
    web_searches: row.web_searches,
    file_searches: row.file_searches,
    service_tier: row.service_tier,
    usage_source: row.usage_source,
    cost_usd: dollars(row.cost_nanos),
    cost_nanos: row.cost_nanos,
    failed_cost_nanos: failedCostNanos,
    charged_usd: dollars(row.charged_nanos),
    price_source: row.price_source,
    price_id: row.price_id,
    first_byte_ms: row.first_byte_ms,
    duration_ms: row.duration_ms,
    attempts: row.attempts,
  }
}
