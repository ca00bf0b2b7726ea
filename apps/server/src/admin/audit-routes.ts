import { Readable } from 'node:stream'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { csvOrJson } from '../http/media.ts'
import { listQuery } from '../http/page-query.ts'
import type { Audit, AuditFilter, AuditRecord } from './audit.ts'
import { csvLines, jsonLines } from './streamed-export.ts'

const config = { access: 'admin' } as const
const tags = ['admin']
const time = z.iso.datetime({ offset: true })

const filterFields = {
  actor_id: z.string().max(64).optional().describe('Who did it'),
  action: z.string().max(100).optional().describe('`user.update`, or `user` for everything that was done to users'),
  subject_kind: z.string().max(50).optional().describe('What it was done to: `user`, `account`, `api_key`, …'),
  subject_id: z.string().max(200).optional(),
  from: time.optional(),
  to: time.optional().describe('Not included'),
}
const auditQuery = listQuery({
  ...filterFields,
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(64).optional().describe('id of the last entry of the page before'),
})
const exportQuery = listQuery({ ...filterFields, format: z.enum(['csv', 'json']).default('csv') })

const values = z.record(z.string(), z.unknown())
const entrySchema = z
  .object({
    id: z.string(),
    at: z.string(),
    actor_id: z.string().nullable(),
    actor_email: z.string().nullable().describe('Null: there is no such user any more'),
    action: z.string(),
    subject_kind: z.string(),
    subject_id: z.string().nullable(),
    before: values.nullable().describe('The fields of `after` as they were; null where there was nothing before'),
    after: values.describe('What was asked for, without secrets'),
    request_id: z.string().nullable().describe('The same as in the log'),
    ip: z.string().nullable(),
    via: z
      .enum(['cli'])
      .nullable()
      .describe('cli: it was done on the command line, in the name of the administrator; null: they did it themselves'),
  })
  .meta({ id: 'AuditEntry' })

type Entry = z.output<typeof entrySchema>
const exportBatch = 500

/** `/admin/audit`: what administrators did. */
export function auditRoutes(audit: Audit) {
  return (app: ApiInstance): void => {
    app.get(
      '/audit',
      {
        config,
        schema: {
          tags,
          summary: 'What administrators did, newest first',
          querystring: auditQuery,
          response: { 200: z.array(entrySchema) },
        },
      },
      async ({ query }) => {
        const { limit, cursor } = query
        return (await audit.list({ ...readFilter(query), limit, cursor })).map(presentEntry)
      },
    )

    app.get(
      '/audit/export',
      {
        config: { ...config, produces: csvOrJson(entrySchema) },
        schema: { tags, summary: 'All of it as CSV or JSON, streamed', querystring: exportQuery },
      },
      async ({ query }, reply) => {
        const entries = allEntries(audit, readFilter(query))
        const isCsv = query.format === 'csv'
        return reply
          .type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
          .header('content-disposition', `attachment; filename="audit.${query.format}"`)
          .send(Readable.from(isCsv ? csvLines(columns, asCells(entries)) : jsonLines(entries)))
      },
    )
  }
}

function readFilter(query: z.output<z.ZodObject<typeof filterFields>>): AuditFilter {
  return {
    actorId: query.actor_id,
    action: query.action,
    targetKind: query.subject_kind,
    targetId: query.subject_id,
    from: query.from === undefined ? undefined : Date.parse(query.from),
    to: query.to === undefined ? undefined : Date.parse(query.to),
  }
}

async function* allEntries(audit: Audit, filter: AuditFilter): AsyncGenerator<Entry> {
  let cursor: string | undefined
  for (;;) {
    const records = await audit.list({ ...filter, limit: exportBatch, cursor })
    for (const record of records) yield presentEntry(record)
    cursor = records.at(-1)?.id
    if (records.length < exportBatch) return
  }
}

const columns = Object.keys(entrySchema.shape) as (keyof Entry)[]

async function* asCells(entries: AsyncIterable<Entry>) {
  for await (const { before, after, ...entry } of entries) {
    yield { ...entry, before: before && JSON.stringify(before), after: JSON.stringify(after) }
  }
}

function presentEntry(record: AuditRecord): Entry {
  return {
    id: record.id,
    at: new Date(record.at).toISOString(),
    actor_id: record.actor_id,
    actor_email: record.actor_email,
    action: record.action,
    subject_kind: record.target_kind,
    subject_id: record.target_id,
    before: record.before_json === null ? null : readValues(record.before_json),
    after: readValues(record.detail_json),
    request_id: record.request_id,
    ip: record.ip,
    via: record.via === 'cli' ? 'cli' : null,
  }
}

function readValues(json: string): z.output<typeof values> {
  return values.parse(JSON.parse(json))
}
