import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { idParams } from '../identity/schema.ts'
import type { UserGroup } from '../identity/user-group.ts'
import type { UserGroups } from '../identity/user-groups.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['users']

const fields = {
  name: z.string().trim().min(1).max(100),
  description: z.string().trim().max(1000).describe('For administrators.'),
  models: z
    .array(z.string().trim().min(1).max(200))
    .max(500)
    .nullable()
    .describe(
      'Models that its members may use, in the chat and with their keys: names, or patterns such as claude-*; null: all.',
    ),
  token_quota: z.int().min(0).nullable().describe('The quota of those who come into it; null: they keep theirs.'),
}
const newGroupSchema = z.object({
  ...fields,
  description: fields.description.default(''),
  models: fields.models.default(null),
  token_quota: fields.token_quota.default(null),
})
const changesSchema = z.object(fields).partial()
export const groupSchema = z
  .object({ id: z.string(), ...fields, members: z.int(), created_at: z.string(), updated_at: z.string() })
  .meta({ id: 'UserGroup' })

export interface UserGroupsRoutesParts {
  readonly groups: UserGroups
  readonly ledger: Pick<Ledger, 'rules' | 'multipliers'>
  readonly audit: Audit
}

/** `/user-groups`: what holds for several users at once. Who is in which is said at the users. */
export function userGroupsRoutes(parts: UserGroupsRoutesParts) {
  return (app: ApiInstance): void => {
    readingRoutes(app, parts)
    changeRoutes(app, parts)
  }
}

function readingRoutes(app: ApiInstance, { groups }: UserGroupsRoutesParts): void {
  app.get(
    '/user-groups',
    { config, schema: { tags, summary: 'The groups of users', response: { 200: z.array(groupSchema) } } },
    () => groups.list().map((group) => present(group, groups)),
  )
  app.get(
    '/user-groups/:id',
    { config, schema: { tags, summary: 'A group of users', params: idParams, response: { 200: groupSchema } } },
    (request) => present(groups.get(request.params.id), groups),
  )
}

function changeRoutes(app: ApiInstance, { groups, ledger, audit }: UserGroupsRoutesParts): void {
  app.post(
    '/user-groups',
    {
      config,
      schema: {
        tags,
        summary: 'Make a group of users',
        description: 'Its limits are made at `/admin/limits`, what its members are charged at `/admin/multipliers`.',
        body: newGroupSchema,
        response: { 201: groupSchema },
      },
    },
    async (request, reply) => {
      const { token_quota: tokenQuota, ...rest } = request.body
      const made = await groups.create({ ...rest, tokenQuota })
      await auditBy(request, audit, { action: 'group.create', targetId: made.id, detail: request.body })
      return reply.code(201).send(present(made, groups))
    },
  )

  app.patch(
    '/user-groups/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a group of users',
        description: 'Holds at once, on all nodes. A new quota is for those who come into it from now on.',
        params: idParams,
        body: changesSchema,
        response: { 200: groupSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const before = present(groups.get(id), groups)
      const { token_quota: tokenQuota, ...rest } = request.body
      const changed = await groups.update(id, { ...rest, tokenQuota })
      await auditBy(request, audit, { action: 'group.update', targetId: id, detail: request.body, before })
      return present(changed, groups)
    },
  )

  app.delete(
    '/user-groups/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Delete a group of users',
        description: 'Its members are in none then; its limits and what it is charged go with it.',
        params: idParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { id } = request.params
      const detail = present(groups.get(id), groups)
      await groups.remove(id)
      await ledger.rules.removeOf('group', id)
      await ledger.multipliers.set({ kind: 'group', id }, undefined)
      await auditBy(request, audit, { action: 'group.delete', targetId: id, detail })
      return null
    },
  )
}

function present(group: UserGroup, groups: UserGroups): z.output<typeof groupSchema> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    models: group.models && [...group.models],
    token_quota: group.tokenQuota,
    members: groups.countMembers().get(group.id) ?? 0,
    created_at: new Date(group.createdAt).toISOString(),
    updated_at: new Date(group.updatedAt).toISOString(),
  }
}
