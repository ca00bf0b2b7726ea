import { Readable } from 'node:stream'
import { fieldFaults, invalidField } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { csvOrJson } from '../http/media.ts'
import { listQuery } from '../http/page-query.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { reportDimensions, type ReportQuery, type Statistics } from '../ledger/statistics.ts'
import { csvLines, jsonLines } from './streamed-export.ts'
import { presentRow, usageRowSchema } from './usage-sums-schema.ts'

const config = { access: 'admin' } as const
const tags = ['admin']
const dayMs = 24 * 3_600_000
const maxRows = 10_000

const time = z.iso.datetime({ offset: true }).or(z.iso.date())

const fields = {
  by: z
    .enum(reportDimensions)
    .default('all')
    .describe('Whose sums: all calls together, or those of each key, user, …; of groups, those of their members today'),
  per: z.enum(['hour', 'day', 'month']).default('day'),
  from: time
    .optional()
    .describe('Thirty days ago unless given; the hour, day or month that it falls into is included.'),
  to: time.optional().describe('Not included; now unless given.'),
  subject: z.string().max(200).optional().describe('Only this key, user, …; of groups, empty: who is in none'),
}
const reportQuery = listQuery(fields, 'subject')
const exportQuery = listQuery({ ...fields, format: z.enum(['csv', 'json']).default('csv') }, 'subject')

/** Sums of usage over time, from the roll-ups: as quick with ten million calls as with ten. */
export function usageReportRoutes({ statistics }: Pick<Ledger, 'statistics'>, clock: () => number) {
  return (app: ApiInstance): void => {
    app.get(
      '/usage',
      {
        config,
        schema: {
          tags,
          summary: 'Usage over time, by key, user, group, account, model or wire',
          description: `Oldest first, at most ${maxRows} rows: the export has no end.`,
          querystring: reportQuery,
          response: { 200: z.array(usageRowSchema) },
        },
      },
      async ({ query }) => (await statistics.report({ ...readQuery(query, clock()), limit: maxRows })).map(presentRow),
    )

    app.get(
      '/usage/export',
      {
        config: { ...config, produces: csvOrJson(usageRowSchema) },
        schema: { tags, summary: 'The same as CSV or JSON, streamed', querystring: exportQuery },
      },
      async ({ query }, reply) => {
        const rows = allRows(statistics, readQuery(query, clock()))
        const isCsv = query.format === 'csv'
        return reply
          .type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="usage.${query.format}"`)
          .send(Readable.from(isCsv ? csvLines(columns, rows) : jsonLines(rows)))
      },
    )
  }
}

function readQuery(query: z.output<typeof reportQuery>, now: number): Omit<ReportQuery, 'limit'> {
  const to = query.to === undefined ? now + 1 : Date.parse(query.to)
  const from = query.from === undefined ? to - 30 * dayMs : Date.parse(query.from)
  if (from >= to) throw invalidField('from', fieldFaults.notBefore, { other: 'to' })
  const { by, per, subject } = query
  return { by, per, from, to, subject: subject === '' && by !== 'group' ? undefined : subject }
}

const stepMs = { minute: dayMs, hour: dayMs, day: 31 * dayMs, month: 366 * dayMs } as const

/** A stretch of time at once, so that an export of years is never in memory. */
async function* allRows(
  statistics: Statistics,
  query: Omit<ReportQuery, 'limit'>,
): AsyncGenerator<z.output<typeof usageRowSchema>> {
  let last = Number.NEGATIVE_INFINITY
  for (let from = query.from; from < query.to; from += stepMs[query.per]) {
    const to = Math.min(query.to, from + stepMs[query.per])
    const rows = await statistics.report({ ...query, from, to, limit: Number.MAX_SAFE_INTEGER })
    // The bucket that a stretch begins in may have been the last one's.
    for (const row of rows) if (row.bucket > last) yield presentRow(row)
    last = rows.at(-1)?.bucket ?? last
  }
}

const columns = Object.keys(usageRowSchema.shape) as (keyof z.output<typeof usageRowSchema>)[]
