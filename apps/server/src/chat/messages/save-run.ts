import type { Language } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Connection } from '../../store/store.ts'
import { type ConversationRow, updateConversation } from '../conversations/repository.ts'
import { insertRun, insertRunEvents } from '../runs/repository.ts'
import { messageStarted, type RunEvent, userMessageSaved } from '../runs/run-event.ts'
import type { Question, Turn } from '../runs/runner.ts'
import { insertMessage, type NewMessage } from './repository.ts'

/** A run that is about to begin. */
export interface RunDraft {
  /** The message that is answered, when it is new. */
  readonly userMessage: NewMessage | undefined
  readonly userMessageId: string
  /** They are asked all at once, about the message alone; absent: each when the one before it has spoken. */
  readonly isAtOnce?: boolean
  /** Who answers, one after another. */
  readonly speakers: readonly [Speaker, ...Speaker[]]
  /** Who answers the same in a run of their own, each reply beside the first. */
  readonly beside?: readonly Speaker[]
  /** Whom each of them calls, when it has spoken. */
  readonly calledBy?: CalledBy | undefined
}

export interface Speaker {
  readonly modelId: string
  readonly senderId: string
  /** Said where several may speak. */
  readonly senderName: string | null
  /** What the model is asked, when its turn has come; `leafId` is the message that it answers. */
  readonly ask: (leafId: string) => Promise<Question>
}

/** Whom a speaker that has spoken gives the word; `waiting` have it already. */
export type CalledBy = (said: { senderId: string; content: string; waiting: readonly string[] }) => Speaker[]

export interface SavedRun {
  readonly runId: string
  readonly messageId: string
  readonly lastSeq: number
  readonly turns: readonly Turn[]
}

interface Circumstances {
  readonly now: number
  readonly nodeId: string
  readonly language: Language
}

/**
 * The run, and one for each speaker beside it. Their replies are siblings of the same moment, by which they are known to
 * belong together; the first one's branch is shown.
 */
export async function saveRuns(
  conversation: ConversationRow,
  draft: RunDraft,
  circumstances: Circumstances,
  connection: Connection,
): Promise<readonly [SavedRun, ...SavedRun[]]> {
  const { userMessageId, beside = [] } = draft
  const first = await saveRun(conversation, draft, circumstances, connection)
  const others: SavedRun[] = []
  for (const speaker of beside) {
    const answer: RunDraft = { userMessage: undefined, userMessageId, speakers: [speaker] }
    others.push(await saveRun(conversation, answer, circumstances, connection))
  }
  if (others.length > 0) await updateConversation(conversation.id, { active_leaf_id: first.messageId }, connection)
  return [first, ...others]
}

/**
 * Writes the person's message, the first empty reply, the run, its first events and the new end of the branch: all or
 * nothing, so that there is no message without its run and no run without its log.
 */
async function saveRun(
  conversation: ConversationRow,
  { userMessage, userMessageId, speakers, isAtOnce = false }: RunDraft,
  { now, nodeId, language }: Circumstances,
  connection: Connection,
): Promise<SavedRun> {
  const runId = uuid()
  const place = { runId, conversationId: conversation.id, now }
  const [first, ...others] = speakers
  const turn = turnAfter(userMessageId, first, place)
  const following = turnsAfter(turn, others, place)
  const turns = [
    turn,
    ...(isAtOnce ? following.map((each, index) => askedAbout(userMessageId, each, others[index])) : following),
  ]
  const reply = turn.message
  if (userMessage !== undefined) await insertMessage({ ...userMessage, run_id: runId }, connection)
  await insertMessage(reply, connection)
  await insertRun(
    {
      id: runId,
      conversation_id: conversation.id,
      user_id: conversation.user_id,
      user_message_id: userMessageId,
      message_id: reply.id,
      model_id: speakers[0].modelId,
      node_id: nodeId,
      status: 'running',
      created_at: now,
      heartbeat_at: now,
    },
    connection,
  )
  const events: RunEvent[] = [
    { type: 'run', runId, conversationId: conversation.id, language },
    ...(userMessage === undefined ? [] : [userMessageSaved(userMessage)]),
    messageStarted(reply),
  ]
  const logged = events.map((event, index) => ({ seq: index + 1, event }))
  await insertRunEvents({ runId, events: logged }, connection)
  await updateConversation(conversation.id, { active_leaf_id: reply.id, updated_at: now }, connection)
  return { runId, messageId: reply.id, lastSeq: events.length, turns }
}

interface RunPlace {
  readonly runId: string
  readonly conversationId: string
  readonly now: number
}

function turnAfter(answered: string, { modelId, senderId, senderName, ask }: Speaker, place: RunPlace): Turn {
  const message: NewMessage = {
    id: uuid(),
    conversation_id: place.conversationId,
    parent_id: answered,
    sender_type: 'bot',
    sender_id: senderId,
    sender_name: senderName,
    content: '',
    model_id: modelId,
    status: 'running',
    run_id: place.runId,
    created_at: place.now,
    updated_at: place.now,
  }
  return { message, ask: async () => await ask(answered) }
}

/** The same turn, of a speaker who hears nothing of what was said after that message. */
function askedAbout(messageId: string, turn: Turn, speaker: Speaker | undefined): Turn {
  return speaker === undefined ? turn : { ...turn, ask: async () => await speaker.ask(messageId) }
}

/** Turns of these speakers, each after the one before. */
export function turnsAfter(turn: Turn, speakers: readonly Speaker[], place: RunPlace): Turn[] {
  const turns: Turn[] = []
  for (const speaker of speakers) turns.push(turnAfter((turns.at(-1) ?? turn).message.id, speaker, place))
  return turns
}
