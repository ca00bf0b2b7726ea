/**
 * What devices that were away hear. One that has nothing, or was away for too long, first pages through the list of all
 * conversations by their ids, an order in which nothing moves. Then, like every other, through what was changed and what was
 * deleted since its last pass began (or that list), in one order, by the database's clock.
 *
 * Guarantee: a device that takes pages until there is no more has then what is there, whatever happens between them. Of
 * what was being written meanwhile it hears in its next pass.
 */
import { fieldFaults, invalidField } from '@parley/contract'
import { readRestoredAt } from '../../store/restored.ts'
import type { Store } from '../../store/store.ts'
import { presentConversation } from '../conversations/present.ts'
import { conversationIdsAfter, conversationsIn, tagsOf } from '../conversations/repository.ts'
import type { Conversation } from '../conversations/schema.ts'
import { type Change, changesAfter, databaseTime } from './repository.ts'

/** A page of what a device has missed while it was away. */
export interface Changes {
  readonly conversations: readonly Conversation[]
  readonly deleted: readonly { readonly id: string; readonly deleted_at: string }[]
  /** Where to go on, at once if there is more. */
  readonly next_cursor: string
  readonly has_more: boolean
  /** The cursor is no good any more: everything is listed, from this page on. */
  readonly is_reset: boolean
}

export interface Sync {
  changesSince(userId: string, cursor: string | undefined, limit: number): Promise<Changes>
}

/**
 * How far a device has come: as a cursor, `<at>.<id>.<next>` within a pass and `<at>.` between two; of a database that was
 * restored, `~` and when that was follow.
 */
interface Place {
  /** Milliseconds since 1970, in the order of changes; 0: in the list of all. */
  readonly at: number
  readonly id: string
  /** From when on changes are for the pass after this one. */
  readonly next?: number
  /** When the database that it is a place in was restored, in milliseconds since 1970; 0: it never was. */
  readonly restoredAt: number
}

const day = 86_400_000
const longestAwayMs = 30 * day
/** How long it is known that something was deleted: nothing is forgotten behind a cursor that is good. */
export const deletionsKeptMs = longestAwayMs + day
/** A change is seen when it is committed, which may be so long after its time: it is looked for once more. */
const overlapMs = 60_000

export function createSync({ store: { database } }: { store: Store }): Sync {
  async function changesFrom({ at, id }: Place, userId: string, limit: number): Promise<Change[]> {
    if (at > 0) return await changesAfter({ userId, at, id, limit }, database)
    const ids = await conversationIdsAfter({ userId, after: id, limit }, database)
    return ids.map((each) => ({ at, id: each, is_deleted: 0 }))
  }

  async function presentAll(ids: readonly string[]): Promise<Map<string, Conversation>> {
    const rows = await conversationsIn(ids, database)
    const tags = await tagsOf(ids, database)
    const kept = rows.filter((row) => row.is_temporary === 0)
    return new Map(kept.map((row) => [row.id, presentConversation(row, tags.get(row.id) ?? [])]))
  }

  return {
    async changesSince(userId, cursor, limit) {
      const now = await databaseTime(database)
      const restoredAt = await readRestoredAt(database)
      const beginning: Place = { at: 0, id: '', restoredAt }
      const asked = cursor === undefined ? beginning : readCursor(cursor)
      const isReset = cursor !== undefined && (asked.restoredAt !== restoredAt || !isGood(asked, now))
      const place = isReset ? beginning : asked
      const { next = now - overlapMs } = place
      const found = await changesFrom(place, userId, limit + 1)
      const page = found.slice(0, limit)
      const last = found.length > limit ? page.at(-1) : undefined
      const present = await presentAll(page.map(({ id }) => id))
      // What was deleted and has been imported again since is there.
      const deleted = page.filter(({ id, is_deleted: isDeleted }) => isDeleted === 1 && !present.has(id))
      // When the list has ended, its first page is old.
      const isOldList = place.at === 0 && place.id !== ''
      return {
        conversations: page.flatMap(({ id, is_deleted: isDeleted }) =>
          isDeleted === 1 ? [] : (present.get(id) ?? []),
        ),
        deleted: deleted.map(({ id, at }) => ({ id, deleted_at: new Date(at).toISOString() })),
        next_cursor: (last === undefined ? `${next}.` : `${last.at}.${last.id}.${next}`) + ofRestored(restoredAt),
        has_more: last !== undefined || isOldList,
        is_reset: isReset,
      }
    },
  }
}

/** What was deleted after it is known, and the clock has not been set back behind it. */
function isGood({ at, next = at }: Place, now: number): boolean {
  const deletedAfter = at === 0 ? next : at
  return deletedAfter > now - longestAwayMs && next <= now
}

function ofRestored(restoredAt: number): string {
  return restoredAt === 0 ? '' : `~${restoredAt}`
}

function readCursor(cursor: string): Place {
  const form = /^(\d{1,15})\.([\w-]{0,64})(?:\.(\d{1,15}))?(?:~(\d{1,15}))?$/
  const [, at, id = '', next, restoredAt = '0'] = form.exec(cursor) ?? []
  if (at === undefined) throw invalidField('since', fieldFaults.notCursor)
  return { at: Number(at), id, restoredAt: Number(restoredAt), ...(next !== undefined && { next: Number(next) }) }
}
