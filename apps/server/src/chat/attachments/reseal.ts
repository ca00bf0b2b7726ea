import type { Encryption } from '../../config/encryption.ts'
import type { Store } from '../../store/store.ts'
import { fileKeyContext } from './file-store.ts'
import { filesAfter, replaceFileKey } from './repository.ts'

const stepSize = 200

/**
 * Seals the keys of files again with the newest key, where an older one sealed them; how many those were. Safe to break off
 * and to repeat. The files themselves stay as they are.
 */
export async function resealFiles(store: Store, encryption: Encryption): Promise<number> {
  let resealed = 0
  for (let after = ''; ; ) {
    const files = await filesAfter({ after, limit: stepSize }, store.database)
    for (const { id, sealed_key: before } of files) {
      if (encryption.isCurrent(before)) continue
      const context = fileKeyContext(id)
      const renewed = encryption.seal(encryption.open(before, context), context)
      if (await replaceFileKey({ id, before, after: renewed }, store.database)) resealed += 1
    }
    const last = files.at(-1)
    if (last === undefined || files.length < stepSize) return resealed
    after = last.id
  }
}
