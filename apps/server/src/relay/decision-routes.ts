import { notFound, ParleyError, reasonText } from '@parley/contract'
import { wireNames } from '@parley/wires'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import type { KeyAdmin } from '../keys/create-keys.ts'
import { endOf, type KeyDetails } from '../keys/key-repository.ts'
import type { AccountAdmin, AccountDetails } from '../upstreams/account-admin.ts'
import type { Caller } from './exchange.ts'
import { type Explanation, explain } from './explain.ts'
import { pinnedAccountIds } from './pinned-accounts.ts'
import type { Gate } from './admit.ts'
import type { PlanParts } from './plan.ts'
import { presentConsidered } from './trace.ts'
import type { Traces } from './traces.ts'

const config = { access: 'admin' } as const
const tags = ['admin']

const candidateSchema = z.object({
  account_id: z.string(),
  upstream_model: z.string(),
  priority: z.int(),
  weight: z.int(),
  out: z.string().nullable().describe('Why it could not be tried; null: it could.'),
  until: z.string().nullable(),
})

export const traceSchema = z
  .object({
    request_id: z.string(),
    at: z.string(),
    model: z.string(),
    wire: z.string(),
    stream: z.boolean(),
    affinity_account_id: z.string().nullable().describe('The account that served the session before.'),
    candidates: z.array(candidateSchema),
    order: z.array(z.string()).describe('Account ids in the order in which they were to be tried.'),
    passed_over: z.array(z.object({ account_id: z.string(), reason: z.string(), at_ms: z.int() })),
    attempts: z.array(
      z.object({
        account_id: z.string(),
        upstream_model: z.string(),
        at_ms: z.int().describe('Since the call began.'),
        duration_ms: z.int(),
        first_byte_ms: z.int().nullable(),
        upstream_status: z.int().nullable(),
        end_reason: z.string(),
        failure: z.string().nullable(),
        error: z.string().nullable(),
        committed: z.boolean().describe('Content had gone to the caller.'),
      }),
    ),
    end: z.object({
      status: z.int(),
      end_reason: z.string(),
      error_code: z.string().nullable(),
      duration_ms: z.int(),
    }),
  })
  .meta({ id: 'CallTrace' })

const explainSchema = z.object({
  model: z.string().trim().min(1).max(200),
  wire: z.enum(wireNames).nullable().default(null).describe('Null: asked in the chat.'),
  key_id: z.string().max(64).optional().describe('The API key that would make the call; absent: one without rules.'),
  session_id: z.string().max(500).optional().describe("The client's own id of its session."),
})

export const explanationSchema = z
  .object({
    model: z.string(),
    wire: z.string().nullable(),
    would_go_to: z.string().nullable().describe('Account id; null: to nobody.'),
    refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
    affinity_account_id: z.string().nullable(),
    order: z.array(z.string()).describe('Among equals chance has a part in it: asked again, it may differ.'),
    accounts: z.array(
      candidateSchema.extend({
        upstream_model: z.string().nullable(),
        name: z.string(),
        kind: z.string(),
        active_calls: z.int(),
        max_concurrency: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'Explanation' })

export interface DecisionRoutesParts extends PlanParts, Gate {
  readonly traces: Traces
  readonly keys: KeyAdmin
  readonly accounts: AccountAdmin
}

/** How calls were decided, and how one would be now. */
export function decisionRoutes(parts: DecisionRoutesParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/usage/records/:id/trace',
      {
        config,
        schema: {
          tags,
          summary: 'How a call was decided: who could serve it, who was tried, what came of it',
          params: z.object({ id: z.string().max(128) }),
          response: { 200: traceSchema },
        },
      },
      async (request) => {
        const trace = await parts.traces.find(request.params.id)
        if (trace === undefined) throw notFound('trace')
        return z.decode(traceSchema, trace as z.input<typeof traceSchema>)
      },
    )

    app.post(
      '/explain',
      {
        config,
        schema: {
          tags,
          summary: 'Where a call would go now, without making it',
          body: explainSchema,
          response: { 200: explanationSchema },
        },
      },
      async ({ body, language }) => {
        const key = body.key_id === undefined ? undefined : await parts.keys.get(body.key_id)
        const caller = key === undefined ? anybody : callerOf(key, parts)
        const { model, wire, session_id: sessionId } = body
        const explanation = await explain({ caller, model, wire, sessionId }, parts)
        const { order, affinityAccountId } = explanation
        const refusal = (key && faultOf(key)) ?? explanation.refusal
        return {
          model,
          wire,
          would_go_to: refusal === undefined ? (order[0] ?? null) : null,
          refusal: refusal === undefined ? null : { code: refusal.code, message: refusal.text(language) },
          affinity_account_id: affinityAccountId ?? null,
          order: [...order],
          accounts: parts.accounts.list().map((account) => presentAccount(account, explanation)),
        }
      },
    )
  }
}

function callerOf({ id, userId, models, wires, limits, ...pinned }: KeyDetails, { upstreams }: PlanParts): Caller {
  return { keyId: id, userId, models, wires, limits, accountIds: pinnedAccountIds(pinned, upstreams) }
}

/** What is wrong with the key itself, wherever it is used from. */
function faultOf(key: KeyDetails): ParleyError | undefined {
  if (!key.isEnabled || key.deletedAt !== null) return new ParleyError('key_disabled')
  return (endOf(key) ?? Number.POSITIVE_INFINITY) <= Date.now() ? new ParleyError('key_expired') : undefined
}

const anybody: Caller = { keyId: null, userId: null, models: null, wires: null, limits: [], accountIds: null }

function presentAccount(account: AccountDetails, { considered }: Explanation) {
  const found = considered.find(({ candidate }) => candidate.account.id === account.id)
  const place = found
    ? presentConsidered(found)
    : { ...noPlace(account), account_id: account.id, priority: account.priority, weight: account.weight }
  const { name, kind, activeCalls: active_calls, maxConcurrency: max_concurrency } = account
  return { ...place, name, kind, active_calls, max_concurrency }
}

function noPlace({ state, problem, kind }: AccountDetails) {
  const out =
    state === 'paused'
      ? reasonText('switchedOff')
      : state === 'broken'
        ? (problem ?? reasonText('broken'))
        : kind === 'simulator'
          ? reasonText('standsIn')
          : reasonText('doesNotServe')
  return { upstream_model: null, out, until: null }
}
