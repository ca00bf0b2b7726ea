import { accountTexts } from '@parley/contract/page-texts/console-accounts.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import type { Account, AccountTest } from '../api-types.ts'
import { useAction } from '../queries.ts'

export function accountPath(id: string): string {
  return `/admin/accounts/${encodeURIComponent(id)}`
}

const changes = ['accounts']

/** What can be done to an account. */
export function useAccountActions({ id }: Pick<Account, 'id'>) {
  const text = useText()
  const path = accountPath(id)
  const act = (name: string, body: object = {}) => call<Account>('POST', `${path}/${name}`, { body })
  return {
    pause: useAction({ run: (seconds: number | undefined) => act('pause', { seconds }), changes }),
    resume: useAction({ run: () => act('resume'), changes }),
    reset: useAction({ run: () => act('reset'), changes, done: text(accountTexts.resetDone) }),
    refresh: useAction({ run: () => act('refresh'), changes, done: text(accountTexts.tokenRefreshed) }),
  }
}

export function testAccount(id: string, model: string): Promise<AccountTest> {
  return call<AccountTest>('POST', `${accountPath(id)}/test`, { body: model === '' ? {} : { model } })
}

export async function removeAccount(id: string): Promise<void> {
  await call('DELETE', accountPath(id))
}
