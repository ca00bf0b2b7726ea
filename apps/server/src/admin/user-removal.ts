/**
 * Somebody is deleted.
 *
 * Guarantees: from the first step on they are signed out and their keys do not work, so what is broken off leaves somebody
 * who is switched off, and can be done again; the ledger's rows stay, because a bill is never changed; the last
 * administrator stays.
 */
import { fieldFaults, invalidField } from '@parley/contract'
import type { Identity } from '../identity/service.ts'
import type { User } from '../identity/user.ts'
import type { KeyAdmin } from '../keys/create-keys.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Settings } from './settings.ts'

export interface UserRemovalParts {
  readonly people: Identity['people']
  readonly notices: Identity['notices']
  readonly groups: Identity['groups']
  readonly keys: Pick<KeyAdmin, 'retireOf'>
  readonly ledger: Pick<Ledger, 'rules' | 'multipliers'>
  readonly settings: Pick<Settings, 'forgetPersonal'>
  readonly chat: {
    discard(userId: string): Promise<number>
    give(userId: string, heirId: string): Promise<number>
  }
  readonly models: { removeOwn(userId: string): Promise<void> }
}

export type Estate = { readonly kind: 'delete' } | { readonly kind: 'transfer'; readonly heirId: string }

export interface RemovedUser {
  readonly user: User
  /** Deleted or given away. */
  readonly conversations: number
  readonly keys: number
}

export async function removeUser(id: string, estate: Estate, parts: UserRemovalParts): Promise<RemovedUser> {
  const { people, notices, groups, keys, ledger, settings, chat, models } = parts
  const user = await people.get(id)
  if (estate.kind === 'transfer') {
    if (estate.heirId === id) throw invalidField('transfer_to', fieldFaults.notSomebodyElse)
    await people.get(estate.heirId)
  }
  await people.administer(id, { isActive: false })
  const retired = await keys.retireOf(id)
  const conversations = estate.kind === 'delete' ? await chat.discard(id) : await chat.give(id, estate.heirId)
  await models.removeOwn(id)
  await ledger.rules.removeOf('user', id)
  await ledger.multipliers.set({ kind: 'user', id }, undefined)
  await settings.forgetPersonal(id)
  await notices.settle('password_reset', id)
  await people.remove(id)
  if (user.groupId !== null) await groups.membersChanged()
  return { user, conversations, keys: retired }
}
