import type { Encryption } from '../config/encryption.ts'
import type { Store } from '../store/store.ts'
import { listSealedSecrets, replaceSealedSecret } from './mfa-repository.ts'

export const sealContextOf = (userId: string): string => `mfa:${userId}`

/** Seals authenticators' secrets again with the newest key. Safe to break off and to repeat. Resolves with how many. */
export async function resealAuthenticators(store: Store, encryption: Encryption): Promise<number> {
  let resealed = 0
  for (const { userId, sealed } of await listSealedSecrets(store.database)) {
    if (encryption.isCurrent(sealed)) continue
    const after = encryption.seal(encryption.open(sealed, sealContextOf(userId)), sealContextOf(userId))
    if (await replaceSealedSecret({ userId, before: sealed, after }, store.database)) resealed += 1
  }
  return resealed
}
