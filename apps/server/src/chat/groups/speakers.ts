import type { Catalog } from '../../catalog/catalog.ts'
import type { Attachments } from '../attachments/service.ts'
import type { Connection, Store } from '../../store/store.ts'
import type { ConversationRow } from '../conversations/repository.ts'
import { createQuestion, loadContext, type Words } from '../messages/context.ts'
import type { MessageRow } from '../messages/repository.ts'
import type { Speaker } from '../messages/save-run.ts'
import { estimateTokens } from '../../ledger/token-counter.ts'
import { type BotRow, botsIn } from './repository.ts'

/**
 * Who answers in a group, one after another in order of id, each when the one before has said all. Only a person's
 * message begins a round, and a round has each bot at most once: bots cannot keep each other talking.
 */
export async function groupSpeakers(
  { store, catalog, attachments }: { store: Store; catalog: Catalog; attachments: Attachments },
  { group, content }: { group: ConversationRow; content: string },
  connection: Connection,
): Promise<Speaker[]> {
  const bots = (await botsIn([group.id], connection)).get(group.id) ?? []
  return answering(group, bots, content).map((bot) => {
    const modelId = bot.model_id ?? group.model_id
    return {
      modelId,
      senderId: bot.id,
      senderName: bot.name,
      ask: async (leafId) => {
        const { contextLimit = null, inputs = [] } = catalog.tryModel(modelId) ?? {}
        return await createQuestion({
          modelId,
          system: [characterOf(bot, bots), ...(group.system_prompt === null ? [] : [group.system_prompt])],
          parametersJson: bot.parameters_json,
          branch: await loadContext({ conversationId: group.id, leafId, contextLimit }, store.database),
          describe: (message) => saidTo(bot, message),
          contextLimit,
          countTokens: estimateTokens,
          reader: { inputs, attachments },
        })
      },
    }
  })
}

/** Those that are called by `@name`, where the group is set so and somebody is called; else all. */
function answering(group: ConversationRow, bots: readonly BotRow[], content: string): readonly BotRow[] {
  if (group.reply_mode === 'all') return bots
  const called = bots.filter((bot) => content.includes(`@${bot.name}`))
  return called.length === 0 ? bots : called
}

function characterOf(bot: BotRow, bots: readonly BotRow[]): string {
  const others = bots.filter((other) => other.id !== bot.id).map((other) => `“${other.name}”`)
  return [
    `你是“${bot.name}”。`,
    bot.personality === '' ? '' : `性格：${bot.personality}。`,
    bot.description === '' ? '' : `职责：${bot.description}。`,
    bot.response_tendency === '' ? '' : `回复方式：${bot.response_tendency}。`,
    others.length === 0 ? '' : `其他成员（${others.join('、')}）的话以“名字：”开头。`,
    '只以自己的身份说话，用提问者的语言回答，不要在回答前写自己的名字。',
  ].join('')
}

/** To a bot, its own words are its own, and everybody else's come with a name; the person needs none. */
function saidTo(bot: BotRow, message: MessageRow): Words {
  if (message.sender_type === 'user') return { role: 'user', text: message.content }
  if (message.sender_id === bot.id) return { role: 'assistant', text: message.content }
  return { role: 'user', text: `${message.sender_name ?? ''}：${message.content}` }
}
