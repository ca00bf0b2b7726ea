import type { Transaction } from 'kysely'
import type { State } from '../state/state.ts'
import type { Store } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { Limits } from './limits.ts'

/**
 * What nodes tell each other of corrected prices. Who corrects them books the difference itself, on budgets that all who
 * share Redis see. Without it each node has its own: the others notice, and begin theirs anew.
 */
export interface Corrections {
  /** Part of what corrects prices. */
  note(transaction: Transaction<Tables>): Promise<void>
  /** Looks whether others have corrected prices since the last look. */
  look(): Promise<void>
}

export interface CorrectionsOptions {
  readonly store: Store
  readonly state: State
  readonly nodeId: string
  readonly limits: Pick<Limits, 'doubtCosts'>
}

export async function createCorrections({ store, state, nodeId, limits }: CorrectionsOptions): Promise<Corrections> {
  if (store.kind === 'sqlite' || state.kind === 'redis') return { async note() {}, async look() {} }
  const { database } = store

  async function readOthers(): Promise<ReadonlyMap<string, number>> {
    const query = database.selectFrom('node').select(['id', 'corrections'])
    const rows = await query.where('id', '!=', nodeId).where('corrections', '>', 0).execute()
    return new Map(rows.map(({ id, corrections }) => [id, corrections]))
  }
  let known = await readOthers()
  let wereMade = false

  return {
    async note(transaction) {
      await transaction
        .updateTable('node')
        .set((update) => ({ corrections: update('corrections', '+', 1) }))
        .where('id', '=', nodeId)
        .execute()
    },
    async look() {
      const seen = await readOthers()
      const areMade = [...seen].some(([id, count]) => count !== known.get(id))
      // Once more at the next look: a seed of before may have been on its way.
      if (areMade || wereMade) limits.doubtCosts()
      known = seen
      wereMade = areMade
    },
  }
}
