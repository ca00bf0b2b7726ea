import {
  dollarText,
  fieldFaults,
  invalidField,
  limitPers,
  limitWhats,
  readLimitMax,
  shownAmount,
} from '@parley/contract'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { amountSchema } from '../http/values.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LimitRule } from '../ledger/limit-rules.ts'
import type { Audit } from './audit.ts'
import { auditBy } from './audited.ts'

const config = { access: 'admin' } as const
const tags = ['admin']

const ruleFields = {
  subject_kind: z
    .enum(['user', 'group', 'member', 'account', 'model'])
    .describe('group: all its members together; member: each of them who has no such limit of their own.'),
  subject_id: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('Its id, of group and member that of the group; of a model a pattern such as claude-opus-*.'),
  what: z.enum(limitWhats),
  per: z.enum(limitPers).default('total').describe('Without meaning for concurrency.'),
}
const newRuleSchema = z.object({
  ...ruleFields,
  max: amountSchema.describe('US dollars for cost, else a whole number.'),
})
const changedRuleSchema = newRuleSchema.omit({ subject_kind: true, subject_id: true })
const ruleParams = z.object({ id: z.string().max(64) })
export const ruleSchema = z
  .object({ id: z.string(), ...ruleFields, per: z.enum(limitPers), max: z.number(), created_at: z.string() })
  .meta({ id: 'LimitRule' })

const multiplierSchema = z
  .object({
    subject_kind: z.enum(['key', 'user', 'group']),
    subject_id: z.string().min(1).max(64),
    multiplier: z.number().min(0).max(1000).describe('1.5 charges one and a half times the cost.'),
  })
  .meta({ id: 'ChargeMultiplier' })

const time = z.iso.datetime({ offset: true }).or(z.iso.date())
const repriceSchema = z.object({
  from: time,
  to: time.describe('Not included.'),
  model: z.string().max(200).optional(),
})
const repricedSchema = z.object({
  calls: z.int(),
  changed: z.int(),
  cost_before_usd: z.string(),
  cost_after_usd: z.string(),
})

export interface RulesParts {
  readonly ledger: Ledger
  readonly audit: Audit
}

/** Limits that are not on keys, what is charged, and corrections of the past. */
export function usageRulesRoutes(parts: RulesParts) {
  return (app: ApiInstance): void => {
    limitRoutes(app, parts)
    multiplierRoutes(app, parts)
    repriceRoute(app, parts)
  }
}

function limitRoutes(app: ApiInstance, { ledger, audit }: RulesParts): void {
  app.get(
    '/limits',
    {
      config,
      schema: { tags, summary: 'Limits of users, groups, accounts and models', response: { 200: z.array(ruleSchema) } },
    },
    async () => ledger.rules.list().map(presentRule),
  )

  app.post(
    '/limits',
    {
      config,
      schema: {
        tags,
        summary: 'Add a limit',
        description: 'It holds at once, on every node. A subject may have several.',
        body: newRuleSchema,
        response: { 201: ruleSchema },
      },
    },
    async (request, reply) => {
      const { subject_kind: subjectKind, subject_id: subjectId, what, per, max: written } = request.body
      const max = readLimitMax(what, written, 'max')
      const rule = await ledger.rules.add({ subjectKind, subjectId, what, per, max })
      await auditBy(request, audit, { action: 'limit.create', targetId: rule.id, detail: request.body })
      return reply.code(201).send(presentRule(rule))
    },
  )

  app.put(
    '/limits/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Change a limit',
        description: 'It stays with its subject, and what was used until now counts. It holds at once, on every node.',
        params: ruleParams,
        body: changedRuleSchema,
        response: { 200: ruleSchema },
      },
    },
    async (request) => {
      const { id } = request.params
      const before = presentRule(ledger.rules.get(id))
      const { what, per, max: written } = request.body
      const max = readLimitMax(what, written, 'max')
      const detail = presentRule(await ledger.rules.change(id, { what, per, max }))
      await auditBy(request, audit, { action: 'limit.update', targetId: id, detail, before })
      return detail
    },
  )

  app.delete(
    '/limits/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Take a limit away',
        params: ruleParams,
        response: { 200: z.null() },
      },
    },
    async (request) => {
      const rule = await ledger.rules.remove(request.params.id)
      await auditBy(request, audit, { action: 'limit.delete', targetId: rule.id, detail: presentRule(rule) })
      return null
    },
  )
}

function multiplierRoutes(app: ApiInstance, { ledger, audit }: RulesParts): void {
  app.get(
    '/multipliers',
    {
      config,
      schema: {
        tags,
        summary: 'What keys, users and groups are charged',
        response: { 200: z.array(multiplierSchema) },
      },
    },
    async () =>
      ledger.multipliers.list().map(({ subject, millionths }) => ({
        subject_kind: subject.kind,
        subject_id: subject.id,
        multiplier: millionths / 1_000_000,
      })),
  )

  app.put(
    '/multipliers',
    {
      config,
      schema: {
        tags,
        summary: 'Set what a key, user or group is charged',
        description:
          'For calls that end from now on. 1 takes it away. A key’s own counts, else its user’s, else the group’s.',
        body: multiplierSchema,
        response: { 200: multiplierSchema },
      },
    },
    async (request) => {
      const { subject_kind: kind, subject_id: id, multiplier } = request.body
      await ledger.multipliers.set({ kind, id }, multiplier === 1 ? undefined : Math.round(multiplier * 1_000_000))
      await auditBy(request, audit, { action: 'multiplier.set', targetId: id, detail: request.body })
      return request.body
    },
  )
}

function repriceRoute(app: ApiInstance, { ledger, audit }: RulesParts): void {
  app.post(
    '/usage/reprice',
    {
      config,
      schema: {
        tags,
        summary: 'Give past calls the prices of today',
        description: 'Corrects their cost, what was charged and all sums. Nothing else ever changes a settled call.',
        body: repriceSchema,
        response: { 200: repricedSchema },
      },
    },
    async (request) => {
      const { from, to, model } = request.body
      const range = { from: Date.parse(from), to: Date.parse(to), model }
      if (range.from >= range.to) throw invalidField('from', fieldFaults.notBefore, { other: 'to' })
      const { calls, changed, costBeforeNanos, costAfterNanos } = await ledger.reprice(range)
      const result = {
        calls,
        changed,
        cost_before_usd: dollarText(costBeforeNanos),
        cost_after_usd: dollarText(costAfterNanos),
      }
      const detail = { ...request.body, ...result }
      await auditBy(request, audit, { action: 'usage.reprice', targetId: null, detail })
      return result
    },
  )
}

function presentRule(rule: LimitRule): z.output<typeof ruleSchema> {
  return {
    id: rule.id,
    subject_kind: rule.subjectKind,
    subject_id: rule.subjectId,
    what: rule.what,
    per: rule.per,
    max: shownAmount(rule.what, rule.max),
    created_at: new Date(rule.createdAt).toISOString(),
  }
}
