import { limitPers, limitWhats, shownAmount } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { listQuery } from '../http/page-query.ts'
import type { Alert, Alerts } from '../ledger/alerts.ts'

const alertsQuery = listQuery({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(64).optional().describe('id of the last alert of the page before'),
})

export const alertSchema = z
  .object({
    id: z.string(),
    at: z.string(),
    subject_kind: z.string().describe('key, user, account or model'),
    subject_id: z.string(),
    what: z.enum([...limitWhats, 'quota']).describe('quota: the token quota of a user'),
    per: z.enum(limitPers),
    window_start: z.string(),
    percent: z.number().int().describe('50, 80 or 100'),
    used: z.number().describe('US dollars for cost'),
    max: z.number(),
  })
  .meta({ id: 'Alert' })

/** Limits that came to 50, 80 or 100 percent. */
export function alertsRoutes({ alerts }: { readonly alerts: Alerts }) {
  return (app: ApiInstance): void => {
    app.get(
      '/alerts',
      {
        config: { access: 'admin' },
        schema: {
          summary: 'Limits that are being used up, newest first',
          tags: ['admin'],
          querystring: alertsQuery,
          response: { 200: z.array(alertSchema) },
        },
      },
      async ({ query }) => (await alerts.list(query)).map(presentAlert),
    )
  }
}

function presentAlert(alert: Alert): z.output<typeof alertSchema> {
  const amount = (value: number) => shownAmount(alert.what, value)
  return {
    id: alert.id,
    at: new Date(alert.at).toISOString(),
    subject_kind: alert.subject_kind,
    subject_id: alert.subject_id,
    what: alert.what,
    per: alert.per,
    window_start: new Date(alert.window_start).toISOString(),
    percent: alert.percent,
    used: amount(alert.used),
    max: amount(alert.max),
  }
}
