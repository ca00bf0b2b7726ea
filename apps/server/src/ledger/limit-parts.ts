import type { Limit } from '@parley/contract'
import type { LimitPart, CallSize } from './held-limits.ts'
import type { LimitRules } from './limit-rules.ts'
import type { Quotas } from './quota.ts'
import type { Window, WindowOf } from './windows.ts'

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

export type CallWithLimits = Pick<LimitedCall, 'keyId' | 'userId' | 'model' | 'limits'>

/** A call that another process made, as the ledger has it. */
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

  /** In the windows of a moment: that at which the call was admitted. */
  of(call: CallWithLimits, at = this.#options.now()): LimitPart[] | Promise<LimitPart[]> {
    const { rules, quotas } = this.#options
    const { keyId, userId, limits, model } = call
    const parts = keyId === null ? [] : this.make({ kind: 'key', id: keyId }, limits, at)
    const withModel = () => {
      for (const rule of rules.ofModel(model))
        parts.push(...this.make({ kind: 'model', id: rule.subjectId }, [rule], at))
      return parts
    }
    if (userId === null) return withModel()
    const withUser = (quota: readonly Limit[]) => {
      parts.push(...this.make({ kind: 'quota', id: userId }, quota, at))
      parts.push(...this.make({ kind: 'user', id: userId }, rules.ofUser(userId), at))
      const shared = rules.ofGroupOf(userId)
      if (shared[0] !== undefined) parts.push(...this.make({ kind: 'group', id: shared[0].subjectId }, shared, at))
      return withModel()
    }
    const quota = quotas.limitsOf(userId)
    return quota instanceof Promise ? quota.then(withUser) : withUser(quota)
  }

  /** Of two limits that count the same the smaller one holds. */
  make(subject: LimitPart['subject'], limits: readonly Limit[], at = this.#options.now()): LimitPart[] {
    if (limits.length === 0) return []
    const known = this.#made.get(limits)
    const isGood =
      known?.subject.id === subject.id &&
      known.subject.kind === subject.kind &&
      known.parts.every(({ window }) => window.start <= at && at < window.end)
    const parts = isGood ? known.parts : this.#makeNew(subject, limits, at)
    return parts.map((part) => ({ ...part }))
  }

  #makeNew(subject: LimitPart['subject'], limits: readonly Limit[], at: number): readonly LimitPart[] {
    const { windowOf } = this.#options
    const byKey = new Map<string, LimitPart>()
    for (const limit of limits) {
      const window = windowOf(limit.what === 'concurrency' ? 'total' : limit.per, at)
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

export function countsCost(key: string): boolean {
  return key.split(':').at(-3) === 'cost'
}

function budgetKey({ kind, id }: LimitPart['subject'], what: Limit['what'], per: Limit['per'], window: Window): string {
  return what === 'concurrency' ? `${kind}:${id}:${what}` : `${kind}:${id}:${what}:${per}:${window.start}`
}
