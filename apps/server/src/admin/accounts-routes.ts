import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import type { AccountAdmin, AccountDetails } from '../upstreams/account-admin.ts'
import type { AccountKind } from '../upstreams/account.ts'
import { accountsOAuthRoutes } from './accounts-oauth-routes.ts'
import {
  accountParams,
  accountSchema,
  auditDetailOf,
  createAccountSchema,
  createClaudeAccountSchema,
  listAccountsQuery,
  pauseSchema,
  presentAccount,
  presentProbe,
  probeSchema,
  readAccountFields,
  testSchema,
  updateAccountSchema,
} from './accounts-schema.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['accounts']
const one = { 200: accountSchema }

export interface AccountsRoutesParts {
  readonly accounts: AccountAdmin
  readonly audit: Audit
}

/** `/admin/accounts`: the pool of upstream accounts, and `/admin/claude-accounts`, the same for those of kind `anthropic`. */
export function accountsRoutes(parts: AccountsRoutesParts) {
  return (app: ApiInstance): void => {
    collectionRoutes(app, parts)
    itemRoutes(app, parts)
    actionRoutes(app, parts)
    accountsOAuthRoutes(parts)(app)
  }
}

function collectionRoutes(app: ApiInstance, { accounts, audit }: AccountsRoutesParts): void {
  const create = async (
    request: FastifyRequest,
    reply: FastifyReply,
    body: z.output<typeof createAccountSchema>,
  ): Promise<void> => {
    const account = await accounts.create({ ...readAccountFields(body), name: body.name, kind: body.kind })
    await auditBy(request, audit, { action: 'account.create', targetId: account.id, detail: auditDetailOf(body) })
    await reply.code(201).send(presentAccount(account))
  }

  app.get(
    '/accounts',
    {
      config,
      schema: {
        tags,
        summary: 'Upstream accounts',
        querystring: listAccountsQuery,
        response: { 200: pageOf(accountSchema) },
      },
    },
    (request) => pageFor(accounts.list(), request.query),
  )

  app.post(
    '/accounts',
    {
      config,
      schema: { tags, summary: 'Add an upstream account', body: createAccountSchema, response: { 201: accountSchema } },
    },
    (request, reply) => create(request, reply, request.body),
  )

  app.get(
    '/claude-accounts',
    {
      config,
      schema: {
        tags,
        summary: 'Anthropic accounts',
        querystring: listAccountsQuery,
        response: { 200: pageOf(accountSchema) },
      },
    },
    (request) => pageFor(accounts.list(), { ...request.query, kind: 'anthropic' }),
  )

  app.post(
    '/claude-accounts',
    {
      config,
      schema: {
        tags,
        summary: 'Add an Anthropic account',
        body: createClaudeAccountSchema,
        response: { 201: accountSchema },
      },
    },
    (request, reply) => create(request, reply, { ...request.body, kind: 'anthropic' }),
  )
}

function itemRoutes(app: ApiInstance, { accounts, audit }: AccountsRoutesParts): void {
  app.get(
    '/accounts/:id',
    { config, schema: { tags, summary: 'One account', params: accountParams, response: one } },
    (request) => presentAccount(accounts.get(request.params.id)),
  )

  app.patch(
    '/accounts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change an account',
        description: 'Only what is sent changes; null clears. An account that was out is tried again.',
        params: accountParams,
        body: updateAccountSchema,
        response: one,
      },
    },
    async (request) => {
      const { id } = request.params
      const account = await accounts.update(id, readAccountFields(request.body))
      await auditBy(request, audit, { action: 'account.update', targetId: id, detail: auditDetailOf(request.body) })
      return presentAccount(account)
    },
  )

  app.delete(
    '/accounts/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Remove an account',
        description: 'Its credential is erased; its usage stays in the ledger. Calls under way go on.',
        params: accountParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const { id } = request.params
      await accounts.remove(id)
      await auditBy(request, audit, { action: 'account.delete', targetId: id })
      return null
    },
  )
}

function actionRoutes(app: ApiInstance, { accounts, audit }: AccountsRoutesParts): void {
  app.post(
    '/accounts/:id/test',
    {
      config,
      schema: {
        tags,
        summary: 'Make one small real call',
        description: "Through the account's own proxy. When it succeeds, an account that was out is back.",
        params: accountParams,
        body: testSchema,
        response: { 200: probeSchema },
      },
    },
    async (request) => presentProbe(await accounts.test(request.params.id, request.body.model)),
  )

  app.post(
    '/accounts/:id/pause',
    {
      config,
      schema: {
        tags,
        summary: 'Take no new calls, for a while or until resumed',
        params: accountParams,
        body: pauseSchema,
        response: one,
      },
    },
    async (request) => {
      const { id } = request.params
      const { seconds } = request.body
      const account = await accounts.pause(id, seconds === undefined ? undefined : seconds * 1000)
      await auditBy(request, audit, { action: 'account.pause', targetId: id, detail: request.body })
      return presentAccount(account)
    },
  )

  app.post(
    '/accounts/:id/resume',
    { config, schema: { tags, summary: 'Take calls again', params: accountParams, response: one } },
    async (request) => {
      const account = await accounts.resume(request.params.id)
      await auditBy(request, audit, { action: 'account.resume', targetId: account.id })
      return presentAccount(account)
    },
  )

  app.post(
    '/accounts/:id/reset',
    { config, schema: { tags, summary: 'Forget why the account is out', params: accountParams, response: one } },
    async (request) => {
      const account = accounts.reset(request.params.id)
      await auditBy(request, audit, { action: 'account.reset', targetId: account.id })
      return presentAccount(account)
    },
  )
}

interface AccountFilter {
  readonly page: number
  readonly limit: number
  readonly kind?: AccountKind | undefined
  readonly q?: string | undefined
}

function pageFor(all: readonly AccountDetails[], { page, limit, kind, q }: AccountFilter) {
  const text = q?.toLowerCase() ?? ''
  const matching = all.filter(
    (account) =>
      (kind === undefined || account.kind === kind) &&
      [account.name, account.notes, ...account.tags].some((part) => part.toLowerCase().includes(text)),
  )
  const items = matching.slice((page - 1) * limit, page * limit).map(presentAccount)
  return new Page(items, { page, limit, total: matching.length })
}
