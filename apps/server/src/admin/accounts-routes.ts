import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { pageOf } from '../http/presenter.ts'
import { Page } from '../http/route.ts'
import type { AccountAdmin, AccountDetails } from '../upstreams/account-admin.ts'
import type { AccountKind } from '../upstreams/account.ts'
import type { AccountBudgets } from './account-budgets.ts'
import type { Audit } from './audit.ts'
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
  readDailyBudget,
  testSchema,
  updateAccountSchema,
} from './accounts-schema.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['accounts']
const one = { 200: accountSchema }

export interface AccountsRoutesParts {
  readonly accounts: AccountAdmin
  readonly audit: Audit
  readonly budgets: AccountBudgets
}

/** `/admin/accounts`: the pool of upstream accounts, and `/admin/claude-accounts`, the same for those of kind `anthropic`. */
export function accountsRoutes(parts: AccountsRoutesParts) {
  return (app: ApiInstance): void => {
    collectionRoutes(app, parts)
    itemRoutes(app, parts)
    actionRoutes(app, parts)
  }
}

function collectionRoutes(app: ApiInstance, parts: AccountsRoutesParts): void {
  const { accounts, audit, budgets } = parts
  const present = presenterOf(parts)
  const create = async (
    request: FastifyRequest,
    reply: FastifyReply,
    body: z.output<typeof createAccountSchema>,
  ): Promise<void> => {
    const budget = readDailyBudget(body)
    const account = await accounts.create({ ...readAccountFields(body), name: body.name, kind: body.kind })
    if (budget !== undefined) await budgets.set(account.id, budget)
    await auditBy(request, audit, { action: 'account.create', targetId: account.id, detail: auditDetailOf(body) })
    await reply.code(201).send(present(account))
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
    (request) => pageFor(accounts.list(), request.query, present),
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
    (request) => pageFor(accounts.list(), { ...request.query, kind: 'anthropic' }, present),
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

  app.get(
    '/groups',
    { config, schema: { tags, summary: 'Groups of accounts, by name', response: { 200: z.array(groupSchema) } } },
    () => groupsOf(accounts.list()),
  )
}

const groupSchema = z.object({ name: z.string(), account_ids: z.array(z.string()) }).meta({ id: 'AccountGroup' })

function groupsOf(accounts: readonly AccountDetails[]): z.output<typeof groupSchema>[] {
  const names = [...new Set(accounts.flatMap(({ groups }) => groups))].sort()
  return names.map((name) => ({
    name,
    account_ids: accounts.filter(({ groups }) => groups.includes(name)).map(({ id }) => id),
  }))
}

function itemRoutes(app: ApiInstance, parts: AccountsRoutesParts): void {
  const { accounts, audit, budgets } = parts
  const present = presenterOf(parts)
  app.get(
    '/accounts/:id',
    { config, schema: { tags, summary: 'One account', params: accountParams, response: one } },
    (request) => present(accounts.get(request.params.id)),
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
      const budget = readDailyBudget(request.body)
      const before = present(accounts.get(id))
      const account = await accounts.update(id, readAccountFields(request.body))
      if (budget !== undefined) await budgets.set(id, budget)
      const detail = auditDetailOf(request.body)
      await auditBy(request, audit, { action: 'account.update', targetId: id, detail, before })
      return present(account)
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
      await budgets.set(id, null)
      await auditBy(request, audit, { action: 'account.delete', targetId: id })
      return null
    },
  )
}

function actionRoutes(app: ApiInstance, parts: AccountsRoutesParts): void {
  const { accounts, audit } = parts
  const present = presenterOf(parts)
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
    async (request) => {
      const { id } = request.params
      const probe = await accounts.test(id, request.body.model)
      const detail = { model: probe.model, ok: probe.ok }
      await auditBy(request, audit, { action: 'account.test', targetId: id, detail })
      return presentProbe(probe)
    },
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
      return present(account)
    },
  )

  app.post(
    '/accounts/:id/resume',
    { config, schema: { tags, summary: 'Take calls again', params: accountParams, response: one } },
    async (request) => {
      const account = await accounts.resume(request.params.id)
      await auditBy(request, audit, { action: 'account.resume', targetId: account.id })
      return present(account)
    },
  )

  app.post(
    '/accounts/:id/reset',
    { config, schema: { tags, summary: 'Forget why the account is out', params: accountParams, response: one } },
    async (request) => {
      const account = accounts.reset(request.params.id)
      await auditBy(request, audit, { action: 'account.reset', targetId: account.id })
      return present(account)
    },
  )
}

/** An account as it is answered. */
function presenterOf({ budgets }: Pick<AccountsRoutesParts, 'budgets'>) {
  return (account: AccountDetails) => presentAccount(account, budgets.of(account.id))
}

interface AccountFilter {
  readonly page: number
  readonly limit: number
  readonly kind?: AccountKind | undefined
  readonly q?: string | undefined
}

function pageFor(
  all: readonly AccountDetails[],
  { page, limit, kind, q }: AccountFilter,
  present: ReturnType<typeof presenterOf>,
) {
  const text = q?.toLowerCase() ?? ''
  const matching = all.filter(
    (account) =>
      (kind === undefined || account.kind === kind) &&
      [account.name, account.notes, ...account.tags, ...account.groups].some((part) =>
        part.toLowerCase().includes(text),
      ),
  )
  const items = matching.slice((page - 1) * limit, page * limit).map(present)
  return new Page(items, { page, limit, total: matching.length })
}
