import { fieldFaults, invalidField } from '@parley/contract'
import { z } from 'zod'
import type { Routes } from '../../http/api.ts'
import { principalOf } from '../../http/guard.ts'
import { eventStream } from '../../http/media.ts'
import type { Chat } from '../chat.ts'
import { type Dialects, dialectNames } from '../dialects/dialects.ts'
import { presentRun } from './present.ts'
import { runParams, runSchema } from './schema.ts'
import type { StreamRun } from './stream-run.ts'

export interface RunRoutesOptions {
  readonly streamRun: StreamRun
  readonly dialects: Dialects
}

export function runRoutes({ runs }: Chat, { streamRun, dialects }: RunRoutesOptions): Routes {
  return (app) => {
    app.get(
      '/runs/:id',
      { schema: { tags: ['runs'], summary: 'Get a run', params: runParams, response: { 200: runSchema } } },
      async (request) => presentRun(await runs.get(principalOf(request).userId, request.params.id)),
    )
    app.get(
      '/runs/:id/events',
      {
        config: { produces: eventStream },
        schema: {
          tags: ['runs'],
          summary: 'Read a run from any place, live or afterwards (server-sent events)',
          description: 'Last-Event-ID (header or ?after=) is the number of the last event that you have.',
          params: runParams,
          querystring: z.object({
            format: z.enum(dialectNames).default('messages'),
            after: z.coerce.number().int().min(0).optional(),
          }),
        },
      },
      async (request, reply) => {
        const run = await runs.getReadable(principalOf(request).userId, request.params.id)
        const after = request.query.after ?? lastEventId(request.headers['last-event-id'])
        return await streamRun(request, reply, { runId: run.id, encoder: dialects[request.query.format](), after })
      },
    )
    app.post(
      '/runs/:id/stop',
      {
        schema: {
          tags: ['runs'],
          summary: 'Stop a run, keeping its text',
          params: runParams,
          response: { 200: runSchema },
        },
      },
      async (request) => presentRun(await runs.stop(principalOf(request).userId, request.params.id)),
    )
  }
}

function lastEventId(header: string | string[] | undefined): number {
  if (header === undefined || header === '') return 0
  if (typeof header !== 'string' || !/^\d{1,15}$/.test(header)) {
    throw invalidField('Last-Event-ID', fieldFaults.notEvent)
  }
  return Number(header)
}
