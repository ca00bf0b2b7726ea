import { createStore } from '../../api/store.ts'

/** The message that somebody looked for: the thread shows it and forgets it. */
export const sought = createStore<string | undefined>(undefined)
