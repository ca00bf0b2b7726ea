/**
 * The audit trail: who changed what, when and from where. Guarantee: it never holds a secret, whatever a route hands in.
 */
import type { Selectable, SelectQueryBuilder } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { redactSecrets } from '../config/redact.ts'
import type { Principal } from '../http/route.ts'
import type { Store } from '../store/store.ts'
import type { AuditTable, Tables } from '../store/tables.ts'

/** What an admin did, to what. */
export interface AuditEntry {
  readonly actorId: string
  readonly via: Principal['via']
  /** `account.create`, `api_key.update`. */
  readonly action: string
  readonly targetKind: string
  readonly targetId: string | null
  /** What was asked for: the values after. */
  readonly detail: object
  /** The same fields before. */
  readonly before?: object | undefined
  readonly requestId: string
  readonly ip: string
}

/** An entry as it was written, with who it was. */
export interface AuditRecord extends Selectable<AuditTable> {
  readonly actor_email: string | null
}

export interface AuditFilter {
  readonly actorId?: string | undefined
  /** `user.update`, or `user` for all that begins so. */
  readonly action?: string | undefined
  readonly targetKind?: string | undefined
  readonly targetId?: string | undefined
  /** Milliseconds since 1970; `to` is not included. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export interface AuditQuery extends AuditFilter {
  readonly limit: number
  /** The id of the last entry of the page before. */
  readonly cursor?: string | undefined
}

export interface Audit {
  /** Resolves when the entry is on disk. */
  record(entry: AuditEntry): Promise<void>
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditRecord[]>
}

export function createAudit(store: Store, clock: () => number): Audit {
  return {
    record: ({ actorId, via = null, action, targetKind, targetId, detail, before, requestId, ip }) =>
      store.groupCommit.run(async (transaction) => {
        const values = { actor_id: actorId, via, action, target_kind: targetKind, target_id: targetId, ip }
        const detailJson = redactSecrets(JSON.stringify(detail))
        const beforeJson = before === undefined ? null : redactSecrets(JSON.stringify(before))
        await transaction
          .insertInto('audit')
          .values({
            id: uuidv7(),
            at: clock(),
            ...values,
            detail_json: detailJson,
            before_json: beforeJson,
            request_id: requestId,
          })
          .execute()
      }),

    list: ({ limit, cursor, ...filter }) => {
      let query = filtered(
        store.reports
          .selectFrom('audit')
          .leftJoin('user', 'user.id', 'audit.actor_id')
          .selectAll('audit')
          .select('user.email as actor_email'),
        filter,
      )
      // The ids are made in the order of time.
      if (cursor !== undefined) query = query.where('audit.id', '<', cursor)
      return query.orderBy('audit.id', 'desc').limit(limit).execute()
    },
  }
}

type Entries<Output> = SelectQueryBuilder<Tables & { user: Tables['user'] | null }, 'audit' | 'user', Output>

function filtered<Output>(entries: Entries<Output>, filter: AuditFilter): Entries<Output> {
  const { actorId, action, targetKind, targetId, from, to } = filter
  let query = entries
  if (actorId !== undefined) query = query.where('audit.actor_id', '=', actorId)
  if (action?.includes('.')) query = query.where('audit.action', '=', action)
  // '/' comes right after '.': all that begins with the word and a point.
  else if (action !== undefined)
    query = query.where('audit.action', '>=', `${action}.`).where('audit.action', '<', `${action}/`)
  if (targetKind !== undefined) query = query.where('audit.target_kind', '=', targetKind)
  if (targetId !== undefined) query = query.where('audit.target_id', '=', targetId)
  if (from !== undefined) query = query.where('audit.at', '>=', from)
  if (to !== undefined) query = query.where('audit.at', '<', to)
  return query
}
