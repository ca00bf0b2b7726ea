/** The accounts that must be there before anybody comes. */
import { ParleyError } from '@parley/contract'
import { type Config, ConfigError } from '../config/config.ts'
import type { Identity } from './service.ts'

const demoAccounts = [
  { email: 'test@test.com', username: 'testuser', password: '123456' },
  { email: 'test2@test.com', username: 'testuser2', password: '123456' },
] as const

export interface Prepared {
  /** The one-time token of the set-up link, when there is no administrator yet. */
  readonly setupToken: string | undefined
  /** The demo's people, when they are new. */
  readonly demoUserIds: readonly string[]
}

export async function prepareAccounts(
  { people, firstAdmin, settings }: Identity,
  { isDemo, admin }: Pick<Config, 'isDemo' | 'admin'>,
): Promise<Prepared> {
  const demoUserIds: string[] = []
  if (isDemo && !settings.isSingleUser) {
    await assertOwnDatabase(people)
    for (const account of demoAccounts) {
      const user = await people.create(account).catch(unlessDone)
      if (user) demoUserIds.push(user.id)
    }
  }
  const isNeeded = await firstAdmin.isNeeded()
  if (isNeeded && admin !== undefined) await firstAdmin.create(admin).catch(unlessDone)
  return { setupToken: isNeeded && admin === undefined ? await firstAdmin.makeToken() : undefined, demoUserIds }
}

/** Throws where others are at home already: everybody knows the passwords of the demo's people. */
async function assertOwnDatabase(people: Identity['people']): Promise<void> {
  if ((await people.count()) === 0) return
  const [first] = demoAccounts
  const { total } = await people.list({ q: first.email, page: 1, limit: 1 })
  if (total > 0) return
  throw new ConfigError([
    {
      setting: 'DATA_DIR',
      problem: 'has a database that is not the demo\u2019s',
      remedy: 'Its accounts have known passwords. Leave DATA_DIR out, or start without --demo.',
    },
  ])
}

/** The demo was started before, or another node that started at the same moment was first. */
function unlessDone(error: unknown): undefined {
  const isDone = error instanceof ParleyError && ['setup_done', 'email_taken', 'username_taken'].includes(error.code)
  if (!isDone) throw error
  return undefined
}
