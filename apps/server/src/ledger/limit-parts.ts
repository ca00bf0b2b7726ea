import type { LimitPart, CallSize } from './held-limits.ts'
import type { Limit, LimitRules } from './limit-rules.ts'
import type { Quotas } from './quota.ts'
import { pers, type Window, type WindowOf } from './windows.ts'

export interface LimitedCall {
  readonly id: string
  readonly keyId: string | null
  readonly userId: string | null
  readonly model: string
  /** The key's own. */
  readonly limits: readonly Limit[]
  readonly size: CallSize
  /** It is answered in one piece, which cannot be ended in its middle. */
  readonly isWhole: boolean
}

export interface LeftCall {
  readonly id: string
  readonly at: number
  readonly keyId: string | null
  readonly userId: string | null
  readonly accountId: string | null
  readonly model: string
}

export interface LimitPartsOptions {
  readonly rules: LimitRules
  readonly quotas: Quotas
  readonly windowOf: WindowOf
  readonly now: () => number
}

/** Which limits a call counts in. What was made of a list of limits serves until one of their windows ends. */
export class LimitParts {
  readonly #options: LimitPartsOptions
  readonly #made = new WeakMap<
    readonly Limit[],
    { readonly subject: LimitPart['subject']; readonly parts: readonly LimitPart[] }
  >()

  constructor(options: LimitPartsOptions) {
    this.#options = options
  }

  of(call: LimitedCall): LimitPart[] | Promise<LimitPart[]> {
    const { rules, quotas } = this.#options
    const { keyId, userId, limits, model } = call
    const parts = keyId === null ? [] : this.make({ kind: 'key', id: keyId }, limits)
    const withModel = () => {
      for (const rule of rules.ofModel(model)) parts.push(...this.make({ kind: 'model', id: rule.subjectId }, [rule]))
      return parts
    }
    if (userId === null) return withModel()
    const withUser = (quota: readonly Limit[]) => {
      parts.push(...this.make({ kind: 'quota', id: userId }, quota))
      parts.push(...this.make({ kind: 'user', id: userId }, rules.ofUser(userId)))
      const shared = rules.ofGroupOf(userId)
      if (shared[0] !== undefined) parts.push(...this.make({ kind: 'group', id: shared[0].subjectId }, shared))
      return withModel()
    }
    const quota = quotas.limitsOf(userId)
    return quota instanceof Promise ? quota.then(withUser) : withUser(quota)
  }

  /** Of two limits that count the same the smaller one holds. */
  make(subject: LimitPart['subject'], limits: readonly Limit[]): LimitPart[] {
    if (limits.length === 0) return []
    const now = this.#options.now()
    const known = this.#made.get(limits)
    const isGood =
      known?.subject.id === subject.id &&
      known.subject.kind === subject.kind &&
      known.parts.every(({ window }) => window.start <= now && now < window.end)
    const parts = isGood ? known.parts : this.#makeNew(subject, limits)
    return parts.map((part) => ({ ...part }))
  }

  #makeNew(subject: LimitPart['subject'], limits: readonly Limit[]): readonly LimitPart[] {
    const { windowOf, now } = this.#options
    const byKey = new Map<string, LimitPart>()
    for (const limit of limits) {
      const window = windowOf(limit.what === 'concurrency' ? 'total' : limit.per, now())
      const key = budgetKey(subject, limit.what, limit.per, window)
      const known = byKey.get(key)
      if (known === undefined || limit.max < known.limit.max)
        byKey.set(key, { key, subject, limit, window, granted: 0, free: 0 })
    }
    const parts = [...byKey.values()]
    this.#made.set(limits, { subject, parts })
    return parts
  }
}

function budgetKey({ kind, id }: LimitPart['subject'], what: Limit['what'], per: Limit['per'], window: Window): string {
  return what === 'concurrency' ? `${kind}:${id}:${what}` : `${kind}:${id}:${what}:${per}:${window.start}`
}

const whats = ['requests', 'tokens', 'cost', 'concurrency'] as const

/** Which limits the key has is not known here; a budget that is not there is left alone. */
export function keysOfLeft(
  call: LeftCall,
  { windowOf, rules }: Pick<LimitPartsOptions, 'windowOf' | 'rules'>,
): { key: string; what: Limit['what'] }[] {
  const subjects: LimitPart['subject'][] = rules
    .ofModel(call.model)
    .map(({ subjectId }) => ({ kind: 'model', id: subjectId }))
  if (call.keyId !== null) subjects.push({ kind: 'key', id: call.keyId })
  if (call.accountId !== null) subjects.push({ kind: 'account', id: call.accountId })
  if (call.userId !== null) {
    subjects.push({ kind: 'user', id: call.userId }, { kind: 'quota', id: call.userId })
    const [ofGroup] = rules.ofGroupOf(call.userId)
    if (ofGroup !== undefined) subjects.push({ kind: 'group', id: ofGroup.subjectId })
  }
  const keys = new Map<string, Limit['what']>()
  for (const subject of subjects) {
    for (const what of whats) {
      for (const per of pers) keys.set(budgetKey(subject, what, per, windowOf(per, call.at)), what)
    }
  }
  return [...keys].map(([key, what]) => ({ key, what }))
}
