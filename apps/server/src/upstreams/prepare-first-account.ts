import type { Config } from '../config/config.ts'
import type { Log } from '../store/log.ts'
import type { AccountAdmin } from './account-admin.ts'

/** The account that the environment names, where there is none yet. It is an account like any other from then on. */
export async function prepareFirstAccount(
  accounts: Pick<AccountAdmin, 'createFirst'>,
  { firstAccount }: Pick<Config['upstreams'], 'firstAccount'>,
  log: Log,
): Promise<void> {
  if (firstAccount === undefined) return
  const made = await accounts.createFirst({ name: 'API_BASE_URL', kind: 'anthropic', ...firstAccount })
  if (made) log.info({ account_id: made.id, base_url: firstAccount.baseUrl }, 'the account of API_BASE_URL is made')
}
