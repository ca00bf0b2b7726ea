import type { Connection } from '../store/store.ts'

export interface OidcIdentity {
  readonly issuer: string
  readonly subject: string
}

/** Who this is here. */
export async function findLinkedUser(
  { issuer, subject }: OidcIdentity,
  connection: Connection,
): Promise<string | undefined> {
  const row = await connection
    .selectFrom('oidc_identity')
    .select('user_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
  return row?.user_id
}

/** From now on they sign in here, or through a provider that links them anew. */
export async function deleteLinks(userId: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('oidc_identity').where('user_id', '=', userId).execute()
}

/** False when it is somebody already. */
export async function insertLink(
  link: OidcIdentity & { readonly userId: string; readonly now: number },
  connection: Connection,
): Promise<boolean> {
  const { issuer, subject, userId, now } = link
  const result = await connection
    .insertInto('oidc_identity')
    .values({ issuer, subject, user_id: userId, created_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return result.numInsertedOrUpdatedRows === 1n
}
