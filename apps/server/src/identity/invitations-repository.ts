import type { Selectable } from 'kysely'
import type { InvitationTable } from '../store/identity-tables.ts'
import type { Connection } from '../store/store.ts'
import type { Invitation } from './invitation.ts'

export interface NewInvitation extends Pick<Invitation, 'id' | 'email' | 'role' | 'createdAt' | 'expiresAt'> {
  readonly hash: string
  readonly createdBy: string
}

export async function insertInvitation(invitation: NewInvitation, connection: Connection): Promise<void> {
  await connection
    .insertInto('invitation')
    .values({
      id: invitation.id,
      hash: invitation.hash,
      email: invitation.email,
      role: invitation.role,
      created_by: invitation.createdBy,
      created_at: invitation.createdAt,
      expires_at: invitation.expiresAt,
      used_at: null,
      used_by: null,
    })
    .execute()
}

/** The newest first. */
export async function listInvitations(connection: Connection): Promise<Invitation[]> {
  const rows = await connection
    .selectFrom('invitation')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(invitationOf)
}

/** Undefined: there is no such one. */
export async function deleteInvitation(id: string, connection: Connection): Promise<Invitation | undefined> {
  const row = await connection.deleteFrom('invitation').where('id', '=', id).returningAll().executeTakeFirst()
  return row && invitationOf(row)
}

export async function deleteInvitationsBefore(time: number, connection: Connection): Promise<void> {
  await connection.deleteFrom('invitation').where('expires_at', '<', time).execute()
}

/** Undefined: it is not good (any more). It is as long as whoever made it may make one. */
export async function findInvitation(
  hash: string,
  now: number,
  connection: Connection,
): Promise<Invitation | undefined> {
  const row = await connection
    .selectFrom('invitation')
    .innerJoin('user', 'user.id', 'invitation.created_by')
    .selectAll('invitation')
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .where('user.role', '=', 'admin')
    .where('user.is_active', '=', 1)
    .executeTakeFirst()
  return row && invitationOf(row)
}

/** False when somebody was faster: to use it, or to take it back. */
export async function takeInvitation(id: string, now: number, connection: Connection): Promise<boolean> {
  const result = await connection
    .updateTable('invitation')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

export async function noteInvited(id: string, userId: string, connection: Connection): Promise<void> {
  await connection.updateTable('invitation').set({ used_by: userId }).where('id', '=', id).execute()
}

function invitationOf(row: Selectable<InvitationTable>): Invitation {
  return {
    id: row.id,
    email: row.email,
    role: row.role,
    createdBy: row.created_by,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    usedBy: row.used_by,
  }
}
