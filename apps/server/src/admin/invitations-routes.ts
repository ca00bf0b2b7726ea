import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { principalOf } from '../http/guard.ts'
import { isoTime } from '../http/values.ts'
import type { Invitation } from '../identity/invitation.ts'
import type { Invitations } from '../identity/invitations.ts'
import { idParams, registerBody, roleField as role } from '../identity/schema.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['users']
const dayMs = 86_400_000

const email = registerBody.shape.email.nullable().describe('The only address with which it can be used; null: any')
const createBody = z.object({
  email: email.default(null),
  role: role.default('user'),
  expires_in_days: z.int().min(1).max(365).default(7),
})
const time = z.iso.datetime()
const invitationSchema = z
  .object({
    id: z.string(),
    email,
    role: role.describe('Of whoever comes with it'),
    created_by: z.string().describe('The administrator; it is good as long as they are one'),
    created_at: time,
    expires_at: time,
    used_at: time.nullable(),
    used_by: z.string().nullable().describe('Who came with it; null: nobody yet, or somebody who is gone'),
  })
  .meta({ id: 'Invitation' })
const madeSchema = invitationSchema.extend({ url: z.string() }).meta({ id: 'NewInvitation' })

export interface InvitationsRoutesParts {
  readonly invitations: Invitations
  readonly audit: Audit
}

/** `/invitations`: links with which people may register. */
export function invitationsRoutes({ invitations, audit }: InvitationsRoutesParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/invitations',
      { config, schema: { tags, summary: 'The invitations', response: { 200: z.array(invitationSchema) } } },
      async () => (await invitations.list()).map(present),
    )

    app.post(
      '/invitations',
      {
        config,
        schema: {
          tags,
          summary: 'A link with which somebody may register, to be handed over',
          description:
            'Good once, also where registration is closed, needs approval or is for certain domains; the link is not shown again.',
          body: createBody,
          response: { 201: madeSchema },
        },
      },
      async (request, reply) => {
        const { expires_in_days: days, ...wish } = request.body
        const made = await invitations.make({ ...wish, lifeMs: days * dayMs }, principalOf(request).userId)
        const { id } = made.invitation
        await auditBy(request, audit, { action: 'invitation.create', targetId: id, detail: request.body })
        return reply.code(201).send({ ...present(made.invitation), url: made.url })
      },
    )

    app.delete(
      '/invitations/:id',
      {
        config,
        schema: {
          tags,
          summary: 'Take an invitation back',
          description: 'Whoever has come with it stays.',
          params: idParams,
          response: { 200: z.null() },
        },
      },
      async (request) => {
        const { id } = request.params
        const removed = present(await invitations.remove(id))
        await auditBy(request, audit, {
          action: 'invitation.delete',
          targetId: id,
          before: removed,
          detail: { email: removed.email },
        })
        return null
      },
    )
  }
}

function present(invitation: Invitation): z.output<typeof invitationSchema> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    created_by: invitation.createdBy,
    created_at: isoTime(invitation.createdAt),
    expires_at: isoTime(invitation.expiresAt),
    used_at: isoTime(invitation.usedAt),
    used_by: invitation.usedBy,
  }
}
