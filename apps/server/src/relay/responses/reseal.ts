import type { Encryption } from '../../config/encryption.ts'
import type { Store } from '../../store/store.ts'
import { replaceContent, responsesAfter } from './repository.ts'
import { contextOf } from './stored-responses.ts'

const stepSize = 100

/** Seals stored responses again with the newest key. Safe to break off and to repeat. Resolves with how many. */
export async function resealResponses(store: Store, encryption: Encryption): Promise<number> {
  let resealed = 0
  for (let after = { keyId: '', id: '' }; ; ) {
    const rows = await responsesAfter(after, stepSize, store.database)
    for (const { key_id: keyId, id, content: before } of rows) {
      if (encryption.isCurrent(before)) continue
      const context = contextOf(keyId, id)
      const renewed = encryption.seal(encryption.open(before, context), context)
      if (await replaceContent({ keyId, id, before, after: renewed }, store.database)) resealed += 1
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < stepSize) return resealed
    after = { keyId: last.key_id, id: last.id }
  }
}
