import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * Knows whether the code that is running was called by a transaction that is still open. Such code must not ask for
 * another connection: on SQLite the only writing one is its own, on PostgreSQL it may wait for rows that its own transaction
 * holds, or for a free connection when all wait alike. It would wait for itself, for ever: better an error at once.
 */
interface Scope {
  isOpen: boolean
}

const scopes = new AsyncLocalStorage<Scope>()

/** Runs `work` as the inside of a transaction. */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  const scope: Scope = { isOpen: true }
  try {
    return await scopes.run(scope, work)
  } finally {
    scope.isOpen = false
  }
}

/** `what` is what the caller tried. */
export function assertOutsideTransaction(what: string): void {
  if (scopes.getStore()?.isOpen === true) {
    throw new Error(`${what} inside a transaction could wait for itself: pass the transaction on and use that`)
  }
}
