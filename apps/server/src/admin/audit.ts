import { v7 as uuidv7 } from 'uuid'
import type { Store } from '../store/store.ts'

/** What an admin did, to what. `detail` never holds a secret. */
export interface AuditEntry {
  readonly actorId: string
  /** `account.create`, `api_key.update`. */
  readonly action: string
  readonly targetKind: string
  readonly targetId: string | null
  readonly detail: object
  readonly ip: string
}

export interface Audit {
  /** Resolves when the entry is on disk. */
  record(entry: AuditEntry): Promise<void>
}

export function createAudit(store: Store, clock: () => number): Audit {
  return {
    record: ({ actorId, action, targetKind, targetId, detail, ip }) =>
      store.groupCommit.run(async (transaction) => {
        const values = { actor_id: actorId, action, target_kind: targetKind, target_id: targetId, ip }
        await transaction
          .insertInto('audit')
          .values({ id: uuidv7(), at: clock(), ...values, detail_json: JSON.stringify(detail) })
          .execute()
      }),
  }
}
