/** What of the relay the command line does straight in the database. */
import type { Store } from '../store/store.ts'
import { deleteCachedReplies } from './cache/repository.ts'

export { resealResponses } from './responses/reseal.ts'

/** They can be had again. */
export async function forgetCachedReplies(store: Store): Promise<void> {
  await deleteCachedReplies(store.database)
}
