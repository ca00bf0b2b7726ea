import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import { idParams, presentProfile, profileSchema, registerBody } from '../identity/schema.ts'
import type { Identity } from '../identity/service.ts'
import type { User } from '../identity/user.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'
import { pageQuery } from './page-query.ts'

const config = { access: 'admin' } as const
const tags = ['users']

/** Both spellings of the documents are read, lower case is written. */
const role = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['admin', 'user']))

const userSchema = profileSchema
  .extend({ is_active: z.boolean(), mfa_enabled: z.boolean().describe('Signing in takes a code') })
  .meta({ id: 'UserDetails' })
const listQuery = pageQuery.extend({ q: z.string().trim().max(200).optional() })
const createBody = registerBody.extend({ role: role.optional() })
const changeBody = z.object({
  role: role.optional(),
  plan: z.string().trim().min(1).max(50).optional(),
  is_active: z.boolean().optional(),
  token_quota: z.int().min(0).optional(),
  password: registerBody.shape.password
    .optional()
    .describe('A new one, for somebody who forgot theirs. Signs them out.'),
})

const linkSchema = z.object({ url: z.string(), expires_at: z.string() }).meta({ id: 'PasswordLink' })

export interface UsersRoutesParts extends Pick<Identity, 'people' | 'mfa' | 'passwordResets'> {
  readonly audit: Audit
}

/** `/users`: everybody, for administrators. */
export function usersRoutes(parts: UsersRoutesParts) {
  return (app: ApiInstance): void => {
    readingRoutes(app, parts)
    changeRoutes(app, parts)
    signInRoutes(app, parts)
  }
}

function readingRoutes(app: ApiInstance, { people, mfa }: UsersRoutesParts): void {
  app.get(
    '/users',
    { config, schema: { tags, summary: 'The users', querystring: listQuery, response: { 200: pageOf(userSchema) } } },
    async (request) => {
      const { q, page, limit } = request.query
      const { users, total } = await people.list({ q, page, limit })
      const withMfa = await mfa.enabledAmong(users.map(({ id }) => id))
      return new Page(
        users.map((user) => presentUserDetails(user, withMfa)),
        { page, limit, total },
      )
    },
  )

  app.get(
    '/users/:id',
    { config, schema: { tags, summary: 'A user', params: idParams, response: { 200: userSchema } } },
    async (request) => present(await people.get(request.params.id), mfa),
  )
}

function changeRoutes(app: ApiInstance, { people, mfa, audit }: UsersRoutesParts): void {
  app.post(
    '/users',
    { config, schema: { tags, summary: 'Make a user', body: createBody, response: { 201: userSchema } } },
    async (request, reply) => {
      const { role: wanted = 'user', password, ...fields } = request.body
      const made = await people.create({ ...fields, password, role: wanted })
      await auditBy(request, audit, { action: 'user.create', targetId: made.id, detail: { ...fields, role: wanted } })
      return reply.code(201).send(await present(made, mfa))
    },
  )

  app.patch(
    '/users/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a user',
        description: 'Switching somebody off signs them out everywhere.',
        params: idParams,
        body: changeBody,
        response: { 200: userSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const { is_active: isActive, token_quota: tokenQuota, password, ...changes } = request.body
      const before = await present(await people.get(id), mfa)
      const changed = await people.administer(id, { ...changes, isActive, tokenQuota, password })
      const detail = { ...request.body, ...(password !== undefined && { password: 'changed' }) }
      await auditBy(request, audit, { action: 'user.update', targetId: id, detail, before })
      return present(changed, mfa)
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

async function present(user: User, mfa: UsersRoutesParts['mfa']): Promise<z.output<typeof userSchema>> {
  return presentUserDetails(user, await mfa.enabledAmong([user.id]))
}

function presentUserDetails(user: User, withMfa: ReadonlySet<string>): z.output<typeof userSchema> {
  return { ...presentProfile(user), is_active: user.isActive, mfa_enabled: withMfa.has(user.id) }
}
