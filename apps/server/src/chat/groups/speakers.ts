import type { Catalog } from '../../catalog/catalog.ts'
import type { Attachments } from '../attachments/service.ts'
import type { Connection, Store } from '../../store/store.ts'
import type { ConversationRow } from '../conversations/repository.ts'
import { createQuestion, loadContext, type Words } from '../messages/context.ts'
import type { MessageRow } from '../messages/repository.ts'
import type { CalledBy, Speaker } from '../messages/save-run.ts'
import { estimateTokens } from '../../ledger/token-counter.ts'
import { type BotRow, botsIn } from './repository.ts'

/** A round in a group. */
export interface Round {
  readonly speakers: readonly Speaker[]
  readonly calledBy: CalledBy
}

/**
 * Who answers in a group, one after another in order of id, each when the one before has said all, or, where the group is so,
 * all of them at once. Only a person's
 * message begins a round. Each bot has one turn in it, and more only if another calls it by name, as often as the group
 * allows altogether: bots cannot keep each other talking.
 */
export async function groupRound(
  { store, catalog, attachments }: { store: Store; catalog: Catalog; attachments: Attachments },
  { group, content }: { group: ConversationRow; content: string },
  connection: Connection,
): Promise<Round> {
  const bots = (await botsIn([group.id], connection)).get(group.id) ?? []
  const speakerOf = (bot: BotRow): Speaker => {
    const modelId = bot.model_id ?? group.model_id
    return {
      modelId,
      senderId: bot.id,
      senderName: bot.name,
      ask: async (leafId) => {
        const { contextLimit = null, inputs = [] } = catalog.tryModel(modelId) ?? {}
        return await createQuestion({
          modelId,
          system: [characterOf(bot, bots, group), ...(group.system_prompt === null ? [] : [group.system_prompt])],
          parametersJson: bot.parameters_json,
          branch: await loadContext({ conversationId: group.id, leafId, contextLimit }, store.database),
          describe: (message) => saidTo(bot, message),
          contextLimit,
          countTokens: estimateTokens,
          reader: { inputs, attachments },
        })
      },
    }
  }
  let turnsLeft = group.bot_turns
  return {
    speakers: answering(group, bots, content).map(speakerOf),
    calledBy({ senderId, content: said, waiting }) {
      const called = calledIn(said, bots).filter(({ id }) => id !== senderId && !waiting.includes(id))
      const speaking = called.slice(0, turnsLeft)
      turnsLeft -= speaking.length
      return speaking.map(speakerOf)
    },
  }
}

/** A moderated group's moderator, unless it has been deleted; those that are called, where the group is so and somebody is; else all. */
function answering(group: ConversationRow, bots: readonly BotRow[], content: string): readonly BotRow[] {
  const chosen =
    group.reply_mode === 'moderated'
      ? bots.filter(({ id }) => id === group.moderator_id)
      : group.reply_mode === 'mentioned'
        ? calledIn(content, bots)
        : bots
  return chosen.length === 0 ? bots : chosen
}

/** In the order in which they are called. */
function calledIn(text: string, bots: readonly BotRow[]): BotRow[] {
  const placeOf = ({ name }: BotRow) => text.indexOf(`@${name}`)
  return bots.filter((bot) => placeOf(bot) !== -1).toSorted((a, b) => placeOf(a) - placeOf(b))
}

function characterOf(bot: BotRow, bots: readonly BotRow[], group: ConversationRow): string {
  const others = bots.filter((other) => other.id !== bot.id).map((other) => `“${other.name}”`)
  return [
    `你是“${bot.name}”。`,
    bot.personality === '' ? '' : `性格：${bot.personality}。`,
    bot.description === '' ? '' : `职责：${bot.description}。`,
    bot.response_tendency === '' ? '' : `回复方式：${bot.response_tendency}。`,
    others.length === 0 ? '' : `其他成员（${others.join('、')}）的话以“名字：”开头。`,
    group.bot_turns === 0 || others.length === 0 ? '' : callingRule(bot.id === group.moderator_id),
    '只以自己的身份说话，用提问者的语言回答，不要在回答前写自己的名字。',
  ].join('')
}

function callingRule(isModerator: boolean): string {
  return isModerator
    ? '你是主持人：先判断应由谁回答，用“@名字”点名，被点名的成员会接着发言；不需要别人时自己回答。'
    : '需要其他成员发言时，用“@名字”点名。'
}

/** To a bot, its own words are its own, and everybody else's come with a name; the person needs none. */
function saidTo(bot: BotRow, message: MessageRow): Words {
  if (message.sender_type === 'user') return { role: 'user', text: message.content }
  if (message.sender_id === bot.id) return { role: 'assistant', text: message.content }
  return { role: 'user', text: `${message.sender_name ?? ''}：${message.content}` }
}
