/** The accounts that must be there before anybody comes. */
import { ParleyError } from '@parley/contract'
import type { Config } from '../config/config.ts'
import type { Identity } from './service.ts'

const demoAccounts = [
  { email: 'test@test.com', username: 'testuser', password: '123456' },
  { email: 'test2@test.com', username: 'testuser2', password: '123456' },
]

/** Gives the one-time token of the set-up link when there is no administrator yet. */
export async function prepareAccounts(
  { people, firstAdmin }: Identity,
  { isDemo, admin }: Pick<Config, 'isDemo' | 'admin'>,
): Promise<{ setupToken: string | undefined }> {
  if (isDemo) for (const account of demoAccounts) await people.create(account).catch(unlessDone)
  const isNeeded = await firstAdmin.isNeeded()
  if (isNeeded && admin !== undefined) await firstAdmin.create(admin).catch(unlessDone)
  return { setupToken: isNeeded && admin === undefined ? await firstAdmin.makeToken() : undefined }
}

/** The demo was started before, or another node that started at the same moment was first. */
function unlessDone(error: unknown): void {
  const isDone = error instanceof ParleyError && ['setup_done', 'email_taken', 'username_taken'].includes(error.code)
  if (!isDone) throw error
}
