import type { Selectable } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { SessionTable } from '../store/identity-tables.ts'
import type { Client, Session } from './user.ts'

export interface NewSession extends Client {
  readonly id: string
  readonly userId: string
  readonly refreshHash: string
  readonly now: number
  readonly expiresAt: number
}

/** What decides whether a session's tokens are good. */
export interface SessionState {
  readonly userId: string
  readonly role: 'admin' | 'user'
  readonly isUserActive: boolean
  readonly isRevoked: boolean
  readonly expiresAt: number
  readonly refreshHash: string
  readonly previousHash: string | null
  readonly rotatedAt: number
}

export async function insertSession(session: NewSession, connection: Connection): Promise<void> {
  await connection
    .insertInto('session')
    .values({
      id: session.id,
      user_id: session.userId,
      refresh_hash: session.refreshHash,
      previous_hash: null,
      rotated_at: session.now,
      created_at: session.now,
      last_used_at: session.now,
      expires_at: session.expiresAt,
      revoked_at: null,
      ip: session.ip,
      user_agent: session.userAgent,
    })
    .execute()
}

export async function findSessionState(id: string, connection: Connection): Promise<SessionState | undefined> {
  const row = await connection
    .selectFrom('session')
    .innerJoin('user', 'user.id', 'session.user_id')
    .select(['session.user_id', 'session.revoked_at', 'session.expires_at', 'user.role', 'user.is_active'])
    .select(['session.refresh_hash', 'session.previous_hash', 'session.rotated_at'])
    .where('session.id', '=', id)
    .executeTakeFirst()
  return (
    row && {
      userId: row.user_id,
      role: row.role,
      isUserActive: row.is_active === 1,
      isRevoked: row.revoked_at !== null,
      expiresAt: row.expires_at,
      refreshHash: row.refresh_hash,
      previousHash: row.previous_hash,
      rotatedAt: row.rotated_at,
    }
  )
}

export interface Rotation extends Client {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly now: number
  readonly expiresAt: number
}

/** One step from the current refresh token to the next; false when somebody else made it. */
export async function rotateSession(rotation: Rotation, connection: Connection): Promise<boolean> {
  const result = await connection
    .updateTable('session')
    .set({
      refresh_hash: rotation.to,
      previous_hash: rotation.from,
      rotated_at: rotation.now,
      last_used_at: rotation.now,
      expires_at: rotation.expiresAt,
      ip: rotation.ip,
      user_agent: rotation.userAgent,
    })
    .where('id', '=', rotation.id)
    .where('refresh_hash', '=', rotation.from)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function listSessions(userId: string, now: number, connection: Connection): Promise<Session[]> {
  const rows = await connection
    .selectFrom('session')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('last_used_at', 'desc')
    .execute()
  return rows.map(sessionOf)
}

/** Ends one session of the user, or all of them but one. Gives the ids of those that ended. */
export async function revokeSessions(
  which: { userId: string; id?: string; except?: string },
  now: number,
  connection: Connection,
): Promise<string[]> {
  let update = connection
    .updateTable('session')
    .set({ revoked_at: now })
    .where('user_id', '=', which.userId)
    .where('revoked_at', 'is', null)
  if (which.id !== undefined) update = update.where('id', '=', which.id)
  if (which.except !== undefined) update = update.where('id', '!=', which.except)
  const rows = await update.returning('id').execute()
  return rows.map((row) => row.id)
}

/** Removes the user's sessions that ended before `before`. */
export async function deleteEndedSessions(userId: string, before: number, connection: Connection): Promise<void> {
  await connection
    .deleteFrom('session')
    .where('user_id', '=', userId)
    .where((where) => where.or([where('expires_at', '<', before), where('revoked_at', '<', before)]))
    .execute()
}

function sessionOf(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    ip: row.ip,
    userAgent: row.user_agent,
  }
}
