import type { Encryption } from '../config/encryption.ts'
import { resealAuthenticators } from '../identity/mfa-reseal.ts'
import type { Store } from '../store/store.ts'
import { resealAccounts } from '../upstreams/reseal.ts'
import type { ChatUpkeep, RelayUpkeep } from './command-context.ts'

export interface SealedColumns {
  /** `table.column` */
  readonly columns: readonly string[]
  /** The file that seals them, below `src`. */
  readonly sealedBy: string
  /** Leaves nothing there that an older key sealed; how many were sealed again. */
  readonly renew: (store: Store, encryption: Encryption) => Promise<number>
}

/** Everything in the database that the encryption keys seal: what is not here is lost when an old key is taken away. */
export function sealedColumns(chat: ChatUpkeep, relay: RelayUpkeep): readonly SealedColumns[] {
  return [
    {
      columns: ['account.credential', 'account.proxy', 'account.headers'],
      sealedBy: 'upstreams/account-secrets.ts',
      renew: resealAccounts,
    },
    { columns: ['user_mfa.secret_sealed'], sealedBy: 'identity/mfa.ts', renew: resealAuthenticators },
    {
      columns: ['stored_file.sealed_key'],
      sealedBy: 'chat/attachments/file-store.ts',
      renew: (store, encryption) => chat.resealFiles(store, encryption),
    },
    {
      columns: ['stored_response.content'],
      sealedBy: 'relay/responses/stored-responses.ts',
      renew: (store, encryption) => relay.resealResponses(store, encryption),
    },
    {
      columns: ['cached_reply.content'],
      sealedBy: 'relay/cache/kept-replies.ts',
      renew: async (store) => {
        await relay.forgetCachedReplies(store)
        return 0
      },
    },
  ]
}

/** Sealed for minutes, in the shared state: it is made again rather than sealed again. */
export const sealedForMinutes = ['upstreams/oauth/authorizations.ts'] as const
