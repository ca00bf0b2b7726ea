import type { Insertable, Selectable, Updateable } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { BotTable } from '../../store/tables.ts'

export type BotRow = Selectable<BotTable>

/** Everybody's bots and a person's own, in order of id. */
export async function botsFor(userId: string, connection: Connection): Promise<BotRow[]> {
  return await connection
    .selectFrom('bot')
    .selectAll()
    .where((where) => where.or([where('user_id', 'is', null), where('user_id', '=', userId)]))
    .orderBy('id')
    .execute()
}

export async function tryBot(id: string, connection: Connection): Promise<BotRow | undefined> {
  return await connection.selectFrom('bot').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertBot(bot: Insertable<BotTable>, connection: Connection): Promise<void> {
  await connection.insertInto('bot').values(bot).execute()
}

export async function updateBot(id: string, changes: Updateable<BotTable>, connection: Connection): Promise<void> {
  await connection.updateTable('bot').set(changes).where('id', '=', id).execute()
}

export async function deleteBot(id: string, connection: Connection): Promise<void> {
  await connection.deleteFrom('bot').where('id', '=', id).execute()
}

export async function addBots(
  conversationId: string,
  botIds: readonly string[],
  connection: Connection,
): Promise<void> {
  await connection
    .insertInto('conversation_bot')
    .values(botIds.map((botId) => ({ conversation_id: conversationId, bot_id: botId })))
    .execute()
}

/** The bots of each of these groups, in order of id. */
export async function botsIn(
  conversationIds: readonly string[],
  connection: Connection,
): Promise<Map<string, BotRow[]>> {
  const bots = new Map<string, BotRow[]>(conversationIds.map((id) => [id, []]))
  if (conversationIds.length === 0) return bots
  const rows = await connection
    .selectFrom('conversation_bot')
    .innerJoin('bot', 'bot.id', 'conversation_bot.bot_id')
    .selectAll('bot')
    .select('conversation_bot.conversation_id')
    .where('conversation_bot.conversation_id', 'in', conversationIds)
    .orderBy('bot.id')
    .execute()
  for (const { conversation_id: id, ...bot } of rows) bots.get(id)?.push(bot)
  return bots
}

export async function usernameOf(userId: string, connection: Connection): Promise<string | undefined> {
  const row = await connection.selectFrom('user').select('username').where('id', '=', userId).executeTakeFirst()
  return row?.username
}
