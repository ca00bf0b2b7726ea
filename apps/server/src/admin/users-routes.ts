import { dollars } from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { listQuery, pageFields } from '../http/page-query.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import { principalOf } from '../http/guard.ts'
import {
  idParams,
  presentProfile,
  presentSession,
  profileSchema,
  registerBody,
  sessionSchema,
  roleField as role,
} from '../identity/schema.ts'
import type { Identity } from '../identity/service.ts'
import { type ListedUser, userSorts } from '../identity/user-list.ts'
import type { User } from '../identity/user.ts'
import { bucketOf } from '../ledger/rollups.ts'
import type { Statistics } from '../ledger/statistics.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['users']

const status = z.enum(['active', 'pending', 'blocked']).describe('pending: waits for an administrator')
const groupId = z.string().max(64).nullable().describe('Of the group; null: in none')
export const userSchema = profileSchema
  .extend({
    is_active: z.boolean(),
    status,
    group_id: groupId,
    last_seen_at: z.iso.datetime().nullable().describe('When one of their devices last asked for something'),
    mfa_enabled: z.boolean().describe('Signing in takes a code'),
  })
  .meta({ id: 'UserDetails' })
const listedSchema = userSchema
  .extend({ month_cost_usd: z.number().describe('What their calls cost since the month began, UTC') })
  .meta({ id: 'ListedUser' })
const usersQuery = listQuery({
  ...pageFields(),
  q: z.string().trim().max(200).optional(),
  role: role.optional(),
  status: status.optional(),
  group_id: z.string().max(64).optional(),
  sort: z.enum(userSorts).default('created'),
  order: z.enum(['asc', 'desc']).optional(),
})
const createBody = registerBody.extend({
  role: role.optional(),
  group_id: groupId.optional().describe('Left out: that of new users'),
})
const changeBody = z.object({
  role: role.optional(),
  group_id: groupId.optional().describe('Its quota comes with it, unless another is given'),
  plan: z.string().trim().min(1).max(50).optional(),
  is_active: z.boolean().optional(),
  token_quota: z.int().min(0).optional(),
  password: registerBody.shape.password
    .optional()
    .describe('A new one, for somebody who forgot theirs. Signs them out.'),
})

const linkSchema = z.object({ url: z.string(), expires_at: z.string() }).meta({ id: 'PasswordLink' })

export interface UsersRoutesParts extends Pick<Identity, 'people' | 'sessions' | 'mfa' | 'passwordResets'> {
  readonly audit: Audit
  readonly statistics: Pick<Statistics, 'monthCosts'>
  readonly clock: () => number
}

/** `/users`: everybody, for administrators. */
export function usersRoutes(parts: UsersRoutesParts) {
  return (app: ApiInstance): void => {
    readingRoutes(app, parts)
    changeRoutes(app, parts)
    signInRoutes(app, parts)
    sessionsRoutes(app, parts)
  }
}

function readingRoutes(app: ApiInstance, { people, mfa, statistics, clock }: UsersRoutesParts): void {
  app.get(
    '/users',
    {
      config,
      schema: { tags, summary: 'The users', querystring: usersQuery, response: { 200: pageOf(listedSchema) } },
    },
    async (request) => {
      const { group_id, page, limit, ...rest } = request.query
      const month = bucketOf('month', clock())
      const { users, total } = await people.list({ ...rest, groupId: group_id, costMonth: month, page, limit })
      const ids = users.map(({ id }) => id)
      const withMfa = await mfa.enabledAmong(ids)
      const costs = await statistics.monthCosts({ by: 'user', subjects: ids, month })
      return new Page(
        users.map((user) => ({
          ...presentListed(user, withMfa),
          month_cost_usd: dollars(costs.get(user.id)?.costNanos ?? 0),
        })),
        { page, limit, total },
      )
    },
  )

  app.get(
    '/users/:id',
    { config, schema: { tags, summary: 'A user', params: idParams, response: { 200: userSchema } } },
    async (request) => present(await people.get(request.params.id), { people, mfa }),
  )
}

function changeRoutes(app: ApiInstance, { people, mfa, audit }: UsersRoutesParts): void {
  app.post(
    '/users',
    { config, schema: { tags, summary: 'Make a user', body: createBody, response: { 201: userSchema } } },
    async (request, reply) => {
      const { role: wanted = 'user', password, ...fields } = request.body
      const { group_id: group, ...person } = fields
      const made = await people.create({ ...person, password, role: wanted, groupId: group })
      await auditBy(request, audit, { action: 'user.create', targetId: made.id, detail: { ...fields, role: wanted } })
      return reply.code(201).send(await present(made, { people, mfa }))
    },
  )

  app.patch(
    '/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a user',
        description:
          'Switching somebody off signs them out everywhere; switching somebody on lets in who waited for it.',
        params: idParams,
        body: changeBody,
        response: { 200: userSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const { is_active: isActive, token_quota: tokenQuota, group_id: group, password, ...changes } = request.body
      const before = await present(await people.get(id), { people, mfa })
      const changed = await people.administer(id, { ...changes, isActive, tokenQuota, groupId: group, password })
      const detail = { ...request.body, ...(password !== undefined && { password: 'changed' }) }
      await auditBy(request, audit, { action: 'user.update', targetId: id, detail, before })
      return present(changed, { people, mfa })
    },
  )
}

/** What administrators do for those who cannot sign in. */
function signInRoutes(app: ApiInstance, { people, mfa, passwordResets, audit }: UsersRoutesParts): void {
  app.post(
    '/users/:id/password-reset',
    {
      config,
      schema: {
        tags,
        summary: 'A link to a new password, to be handed to the user',
        description: 'Good once, for 24 hours; it is not shown again. Using it signs the user out everywhere.',
        params: idParams,
        response: { 201: linkSchema },
      },
    },
    async (request, reply) => {
      const { id } = await people.get(request.params.id)
      const { url, expiresAt } = await passwordResets.makeLink(id)
      await auditBy(request, audit, { action: 'user.password_link', targetId: id })
      return reply.code(201).send({ url, expires_at: new Date(expiresAt).toISOString() })
    },
  )

  app.delete(
    '/users/:id/mfa',
    {
      config,
      schema: {
        tags,
        summary: 'Take away a user’s authenticator',
        description: 'For somebody who lost it and the recovery codes. They sign in with the password alone then.',
        params: idParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { id } = await people.get(request.params.id)
      await mfa.reset(id)
      await auditBy(request, audit, { action: 'user.mfa_reset', targetId: id })
      return null
    },
  )
}

/** Where somebody is signed in. */
function sessionsRoutes(app: ApiInstance, { people, sessions, audit }: UsersRoutesParts): void {
  app.get(
    '/users/:id/sessions',
    {
      config,
      schema: {
        tags,
        summary: 'Where a user is signed in',
        params: idParams,
        response: { 200: z.array(sessionSchema) },
      },
    },
    async (request) => {
      const { id } = await people.get(request.params.id)
      const { sessionId } = principalOf(request)
      return (await sessions.list(id)).map((session) => presentSession(session, sessionId))
    },
  )

  app.delete(
    '/users/:id/sessions',
    {
      config,
      schema: { tags, summary: 'Sign a user out everywhere', params: idParams, response: { 200: z.null() } },
    },
    async (request) => {
      const { id } = await people.get(request.params.id)
      await sessions.endAll(id)
      await auditBy(request, audit, { action: 'user.sign_out', targetId: id })
      return null
    },
  )
}

async function present(
  user: User,
  { people, mfa }: Pick<UsersRoutesParts, 'people' | 'mfa'>,
): Promise<z.output<typeof userSchema>> {
  const lastSeenAt = await people.lastSeen(user.id)
  return presentListed({ ...user, lastSeenAt }, await mfa.enabledAmong([user.id]))
}

function presentListed(user: ListedUser, withMfa: ReadonlySet<string>): z.output<typeof userSchema> {
  return {
    ...presentProfile(user),
    is_active: user.isActive,
    status: user.isActive ? 'active' : user.isPending ? 'pending' : 'blocked',
    group_id: user.groupId,
    last_seen_at: user.lastSeenAt === null ? null : new Date(user.lastSeenAt).toISOString(),
    mfa_enabled: withMfa.has(user.id),
  }
}
