import type { LimitRules } from '../ledger/limit-rules.ts'

/** What an account may cost in a day, in nano-dollars; null: no limit. A limit of the ledger like any other. */
export interface AccountBudgets {
  of(accountId: string): number | null
  set(accountId: string, nanos: number | null): Promise<void>
}

export function createAccountBudgets(rules: Pick<LimitRules, 'ofAccount' | 'add' | 'remove'>): AccountBudgets {
  const daily = (accountId: string) =>
    rules.ofAccount(accountId).filter(({ what, per }) => what === 'cost' && per === 'day')
  return {
    of(accountId) {
      const limits = daily(accountId).map(({ max }) => max)
      return limits.length === 0 ? null : Math.min(...limits)
    },
    async set(accountId, nanos) {
      const before = daily(accountId)
      // The new one first: at no moment is there none.
      if (nanos !== null)
        await rules.add({ subjectKind: 'account', subjectId: accountId, what: 'cost', per: 'day', max: nanos })
      for (const { id } of before) await rules.remove(id)
    },
  }
}
