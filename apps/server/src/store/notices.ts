/** What waits for an administrator: one notice for each kind and subject, however often it happened. */
import { v7 as uuidv7 } from 'uuid'
import type { Store } from './store.ts'

/**
 * `password_reset`: somebody forgot theirs, and no mail could be sent. `account_sign_in`: an upstream account cannot be used
 * until a person signs in to it again.
 */
export type NoticeKind = 'password_reset' | 'account_sign_in'

export interface Notice {
  readonly id: string
  readonly kind: NoticeKind
  /** Of the person or the account. */
  readonly subjectId: string
  /** Null: it is not about a person, or there is no such user any more. */
  readonly email: string | null
  readonly firstAt: number
  readonly lastAt: number
  readonly count: number
}

export interface Notices {
  raise(kind: NoticeKind, subjectId: string): Promise<void>
  /** It is done; nothing happens when there was none. */
  settle(kind: NoticeKind, subjectId: string): Promise<void>
  /** Those that wait, the latest first. */
  list(): Promise<Notice[]>
  /** False when there is none with this id. */
  dismiss(id: string): Promise<boolean>
}

const mostListed = 500

export function createNotices({ store, clock }: { readonly store: Store; readonly clock: () => number }): Notices {
  const { database } = store
  return {
    async raise(kind, subjectId) {
      const now = clock()
      await database
        .insertInto('notice')
        .values({ id: uuidv7(), kind, subject_id: subjectId, first_at: now, last_at: now, count: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'subject_id'])
            .doUpdateSet((update) => ({ last_at: now, count: update('notice.count', '+', 1) })),
        )
        .execute()
    },

    async settle(kind, subjectId) {
      await database.deleteFrom('notice').where('kind', '=', kind).where('subject_id', '=', subjectId).execute()
    },

    async list() {
      const rows = await database
        .selectFrom('notice')
        .leftJoin('user', 'user.id', 'notice.subject_id')
        .selectAll('notice')
        .select('user.email')
        .orderBy('notice.last_at', 'desc')
        .limit(mostListed)
        .execute()
      return rows.map((row) => ({
        id: row.id,
        kind: row.kind,
        subjectId: row.subject_id,
        email: row.email,
        firstAt: row.first_at,
        lastAt: row.last_at,
        count: row.count,
      }))
    },

    async dismiss(id) {
      const result = await database.deleteFrom('notice').where('id', '=', id).executeTakeFirst()
      return result.numDeletedRows === 1n
    },
  }
}
