import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'

export interface ChargeSubject {
  readonly kind: 'key' | 'user' | 'group'
  readonly id: string
}

export interface ChargeMultiplier {
  readonly subject: ChargeSubject
  /** Millionths: 1,500,000 charges one and a half times the cost. */
  readonly millionths: number
}

/** What is charged, as a multiple of the cost. A key's own counts, else its user's, else that of the user's group, else one. */
export interface Multipliers extends AsyncDisposable {
  charge(costNanos: number, who: { readonly keyId: string | null; readonly userId: string | null }): number
  list(): readonly ChargeMultiplier[]
  /** Undefined takes it away. Calls that end from now on are charged so, on every node. */
  set(subject: ChargeSubject, millionths: number | undefined): Promise<void>
}

export const oneInMillionths = 1_000_000

export interface MultipliersOptions {
  readonly store: Store
  readonly state: State
  readonly log: Log
  /** The group that a user is in. */
  readonly groupOf: (userId: string) => string | undefined
  readonly now: () => number
}

export async function createMultipliers({ store, state, log, groupOf, now }: MultipliersOptions): Promise<Multipliers> {
  const nameOf = ({ kind, id }: ChargeSubject) => `${kind} ${id}`
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'charge-multipliers',
    load: async () => {
      const rows = await store.database.selectFrom('charge_multiplier').selectAll().execute()
      return new Map(
        rows.map((row): [string, ChargeMultiplier] => {
          const subject = { kind: row.subject_kind, id: row.subject_id }
          return [nameOf(subject), { subject, millionths: row.millionths }]
        }),
      )
    },
    onError: (err) => log.error({ err }, 'multipliers not loaded: working on with those known'),
  })

  return {
    charge(costNanos, { keyId, userId }) {
      if (snapshot.current.size === 0) return costNanos
      const of = (kind: ChargeSubject['kind'], id: string | null = null) =>
        id === null ? undefined : snapshot.current.get(nameOf({ kind, id }))
      const found =
        of('key', keyId) ?? of('user', userId) ?? (userId === null ? undefined : of('group', groupOf(userId)))
      return multiply(costNanos, found?.millionths ?? oneInMillionths)
    },
    list: () => [...snapshot.current.values()],
    async set(subject, millionths) {
      const { database } = store
      if (millionths === undefined) {
        await database
          .deleteFrom('charge_multiplier')
          .where('subject_kind', '=', subject.kind)
          .where('subject_id', '=', subject.id)
          .execute()
      } else {
        await database
          .insertInto('charge_multiplier')
          .values({ subject_kind: subject.kind, subject_id: subject.id, millionths, updated_at: now() })
          .onConflict((conflict) =>
            conflict.columns(['subject_kind', 'subject_id']).doUpdateSet({ millionths, updated_at: now() }),
          )
          .execute()
      }
      await snapshot.changed()
    },
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

/** Rounded once, half up. BigInt because the product passes 2^53. */
export function multiply(nanos: number, millionths: number): number {
  if (millionths === oneInMillionths) return nanos
  return Number((BigInt(nanos) * BigInt(millionths) + BigInt(oneInMillionths / 2)) / BigInt(oneInMillionths))
}
