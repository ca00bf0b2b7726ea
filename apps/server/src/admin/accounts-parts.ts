import type { AccountAdmin, AccountDetails } from '../upstreams/account-admin.ts'
import type { AccountBudgets } from './account-budgets.ts'
import { presentAccount } from './accounts-schema.ts'
import type { Audit } from './audit.ts'

export interface AccountsRoutesParts {
  readonly accounts: AccountAdmin
  readonly audit: Audit
  readonly budgets: AccountBudgets
}

/** An account as it is answered. */
export function presenterOf({ budgets }: Pick<AccountsRoutesParts, 'budgets'>) {
  return (account: AccountDetails) => presentAccount(account, budgets.of(account.id))
}
