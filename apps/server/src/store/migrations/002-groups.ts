import { type Kysely, sql } from 'kysely'
import { createColumns } from './columns.ts'
import type { SchemaMigration } from './migration.ts'

/** Bots, and conversations in which several of them answer. */
export const groups: SchemaMigration = {
  async up(database, kind) {
    const { text, integer, table } = createColumns(database, kind)
    await database.schema
      .alterTable('conversation')
      .addColumn('kind', text, (column) => column.notNull().defaultTo('personal'))
      .execute()
    await database.schema
      .alterTable('conversation')
      .addColumn('reply_mode', text, (column) => column.notNull().defaultTo('all'))
      .execute()
    await table('bot')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('user_id', text, (column) => column.references('user.id').onDelete('cascade'))
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('personality', text, (column) => column.notNull())
      .addColumn('description', text, (column) => column.notNull())
      .addColumn('response_tendency', text, (column) => column.notNull())
      .addColumn('model_id', text)
      .addColumn('parameters_json', text, (column) => column.notNull().defaultTo('{}'))
      .addColumn('color', text)
      .addColumn('created_at', integer, (column) => column.notNull())
      .addColumn('updated_at', integer, (column) => column.notNull())
      .execute()
    await database.schema.createIndex('bot_user').on('bot').column('user_id').execute()
    await table('conversation_bot', { isKeyed: true })
      .addColumn('conversation_id', text, (column) =>
        column.notNull().references('conversation.id').onDelete('cascade'),
      )
      .addColumn('bot_id', text, (column) => column.notNull().references('bot.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('conversation_bot_pkey', ['conversation_id', 'bot_id'])
      .execute()
    await database.schema.createIndex('conversation_bot_bot').on('conversation_bot').column('bot_id').execute()
    await insertPresetBots(database)
  },
  async down(database) {
    await database.schema.dropTable('conversation_bot').execute()
    await database.schema.dropTable('bot').execute()
    await database.schema.alterTable('conversation').dropColumn('reply_mode').execute()
    await database.schema.alterTable('conversation').dropColumn('kind').execute()
  },
}

/** The three that everybody has. Nobody owns them, so nobody can change them. */
const presetBots = [
  [
    'bot-cs',
    '客服机器人',
    '友善、耐心',
    '解答咨询，安抚情绪，给出清楚的下一步',
    '先表示理解，再一步一步说明',
    '#2563eb',
  ],
  [
    'bot-tech',
    '技术机器人',
    '专业、严谨',
    '分析技术问题，给出准确、可验证的答案',
    '先给结论，再说依据和步骤',
    '#059669',
  ],
  ['bot-funny', '幽默机器人', '风趣、幽默', '用轻松的方式聊天，活跃气氛', '用一个玩笑或比喻说出要点', '#d97706'],
] as const

async function insertPresetBots(database: Kysely<unknown>): Promise<void> {
  for (const [id, name, personality, description, tendency, color] of presetBots) {
    await sql`insert into bot (id, name, personality, description, response_tendency, color, created_at, updated_at)
      values (${id}, ${name}, ${personality}, ${description}, ${tendency}, ${color}, 0, 0)`.execute(database)
  }
}
