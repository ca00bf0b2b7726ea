import { notFound } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import type { Notice, Notices } from '../store/notices.ts'
import { idParams } from '../identity/schema.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['admin']

const noticeSchema = z
  .object({
    id: z.string(),
    kind: z
      .enum(['password_reset', 'account_sign_in'])
      .describe(
        'password_reset: somebody forgot theirs and got no mail; POST /admin/users/:id/password-reset helps. account_sign_in: an account needs a new OAuth sign-in, and does not serve until then',
      ),
    user_id: z.string().nullable(),
    account_id: z.string().nullable(),
    email: z.string().nullable(),
    first_at: z.string(),
    last_at: z.string(),
    count: z.int(),
  })
  .meta({ id: 'Notice' })

/** `/admin/notices`: what waits for an administrator. */
export function noticesRoutes({ notices, audit }: { readonly notices: Notices; readonly audit: Audit }) {
  return (app: ApiInstance): void => {
    app.get(
      '/notices',
      {
        config,
        schema: { tags, summary: 'What waits for you, latest first', response: { 200: z.array(noticeSchema) } },
      },
      async () => (await notices.list()).map(presentNotice),
    )

    app.delete(
      '/notices/:id',
      { config, schema: { tags, summary: 'It needs nothing', params: idParams, response: { 200: z.null() } } },
      async (request) => {
        const { id } = request.params
        if (!(await notices.dismiss(id))) throw notFound('notice')
        await auditBy(request, audit, { action: 'notice.dismiss', targetId: id })
        return null
      },
    )
  }
}

function presentNotice({ id, kind, subjectId, email, firstAt, lastAt, count }: Notice): z.output<typeof noticeSchema> {
  const [first_at, last_at] = [firstAt, lastAt].map((at) => new Date(at).toISOString()) as [string, string]
  const isAccount = kind === 'account_sign_in'
  const about = { user_id: isAccount ? null : subjectId, account_id: isAccount ? subjectId : null }
  return { id, kind, ...about, email, first_at, last_at, count }
}
