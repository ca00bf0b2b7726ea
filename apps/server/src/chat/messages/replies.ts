import { fieldFaults, invalidField, type Language, notFound, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Connection, Store } from '../../store/store.ts'
import { assertOwn, messageIn } from '../access.ts'
import { type MessageAttachment, writeAttachments } from '../attachments/attachment.ts'
import type { Attachments } from '../attachments/service.ts'
import { type ConversationRow, tryLockConversation } from '../conversations/repository.ts'
import { assertVersion } from '../conversations/version.ts'
import type { Feed } from '../feed/feed.ts'
import { usernameOf } from '../groups/repository.ts'
import { groupRound } from '../groups/speakers.ts'
import { assertUsableModel } from '../models.ts'
import { tryRun } from '../runs/repository.ts'
import type { RunError } from '../runs/run-event.ts'
import type { Question, Runner, Turn } from '../runs/runner.ts'
import type { Patience } from '../runs/whole-call.ts'
import { describeError } from '../texts.ts'
import { createQuestion, loadContext } from './context.ts'
import { type MessageRow, type NewMessage, tryMessageOfClient } from './repository.ts'
import { type RunDraft, type SavedRun, type Speaker, saveRuns, turnsAfter } from './save-run.ts'
import { withdraw } from './withdrawal.ts'
import { type CountTokens, estimateTokens } from '../../ledger/token-counter.ts'

/**
 * Everything that makes somebody answer: sending, and what else begins a run. The person's message, the empty reply, the
 * run and its first events are one commit; the runner takes it from there.
 */
export interface Replies {
  send(message: SentMessage): Promise<StartedRun>
  /** Answers a message once more, with the same or another model: a sibling of the replies that are there. */
  regenerate(request: RegenerateRequest): Promise<StartedRun>
  /** Goes on with a reply that was stopped or cut off: a sibling of it, which begins with its words. */
  resume(request: ResumeRequest): Promise<StartedRun>
}

export interface SentMessage {
  readonly userId: string
  readonly conversationId: string
  /** The conversation's, as its writer has seen it: say it only there. */
  readonly version?: number | undefined
  readonly content: string
  readonly language: Language
  /** Instead of the conversation's own, for this reply. */
  readonly modelId?: string | undefined
  /** Where its caller has said that. */
  readonly modelField?: string | undefined
  /** Models that answer it, too: each in a run of its own, its reply beside the first. */
  readonly alsoModelIds?: readonly string[] | undefined
  /** Its caller waits for all of the reply, and not for ever. */
  readonly isWhole?: boolean
  /** Count its tokens as exactly as the settings say: for a door that tells them at the beginning. */
  readonly isCountExact?: boolean
  /** Ids of the person's files that come with it. */
  readonly attachments?: readonly string[] | undefined
  /** What it is said after: null for the very beginning, undefined for the end of the branch that is shown. */
  readonly parentId?: string | null | undefined
  /** Made by the client: the same one again is the same send, and gives the same run. */
  readonly clientMessageId?: string | undefined
}

export interface RegenerateRequest {
  readonly userId: string
  readonly conversationId: string
  readonly version?: number | undefined
  readonly language: Language
  /** The reply to make anew, or the person's message to answer; undefined: the last one of the branch that is shown. */
  readonly messageId?: string | undefined
  readonly modelId?: string | undefined
  readonly modelField?: string | undefined
  readonly isCountExact?: boolean
}

export type ResumeRequest = Pick<RegenerateRequest, 'userId' | 'conversationId' | 'version' | 'language'> & {
  readonly messageId: string
}

export interface StartedRun {
  readonly runId: string
  /** The message that is answered. */
  readonly userMessageId: string
  readonly messageId: string
  /** False when the send had been made before. */
  readonly isNew: boolean
  /** Resolves with undefined when somebody may be asked; else with what refuses it, when nothing is left of it any more. */
  readonly admitted: Promise<RunError | undefined>
}

export interface RepliesOptions {
  readonly store: Store
  readonly feed: Feed
  readonly runner: Runner
  readonly nodeId: string
  readonly clock: () => number
  /** Throws while the server stops. */
  readonly assertReady: () => void
  readonly catalog: Catalog
  readonly tokenCounter: () => Promise<CountTokens>
  readonly attachments: Attachments
  /** With replies that are sent whole. */
  readonly patience: () => Patience
}

type Parts = RepliesOptions & {
  /** By the id of the first run, as long as it is not known: the same send once more waits for the same. */
  readonly beginning: Map<string, Promise<RunError | undefined>>
}

export function createReplies(repliesOptions: RepliesOptions): Replies {
  const options: Parts = { ...repliesOptions, beginning: new Map() }
  return {
    send: async (sent) =>
      await beginRun(options, sent, async (conversation, connection) => {
        const parentId = await parentOf(conversation, sent.parentId, connection)
        const isGroup = conversation.kind === 'group'
        const { alsoModelIds = [] } = sent
        if (isGroup && alsoModelIds.length > 0) throw invalidField('also_models', fieldFaults.botsAnswer)
        const senderName = isGroup ? ((await usernameOf(sent.userId, connection)) ?? null) : null
        const files = await options.attachments.forMessage(sent.userId, sent.attachments ?? [], connection)
        const userMessage = createUserMessage(sent, { parentId, senderName, files, now: options.clock() })
        const about = { conversation, asked: sent, content: sent.content }
        const beside = alsoModelIds.map((modelId) => modelSpeaker(options, conversation, { ...sent, modelId }))
        return { userMessage, userMessageId: userMessage.id, beside, ...(await roundOf(options, about, connection)) }
      }),
    regenerate: async (request) =>
      await beginRun(options, request, async (conversation, connection) => {
        const answered = await messageToAnswer(conversation, request.messageId, connection)
        const about = { conversation, asked: request, content: answered.content }
        const round = await roundOf(options, about, connection)
        return { userMessage: undefined, userMessageId: answered.id, ...round }
      }),
    resume: async (request) =>
      await beginRun(options, request, async (conversation, connection) => {
        const reply = await messageIn(conversation.id, request.messageId, connection)
        if (!isUnfinished(reply) || reply.parent_id === null) {
          throw notFound('unfinishedReply')
        }
        const answered = await messageIn(conversation.id, reply.parent_id, connection)
        const asked = { ...request, modelId: reply.model_id ?? conversation.model_id }
        const about = { conversation, asked, content: answered.content }
        const { speakers } = await roundOf(options, about, connection)
        const speaker = speakers.find(({ senderId }) => senderId === reply.sender_id) ?? speakers[0]
        const resumed = {
          ...speaker,
          ask: async (leafId: string) => resuming(await speaker.ask(leafId), reply.content),
        }
        return { userMessage: undefined, userMessageId: answered.id, speakers: [resumed] }
      }),
  }
}

type Asked = Omit<SentMessage, 'content' | 'attachments' | 'parentId'>

/** Makes a run while nobody else changes the conversation, with those beside it, and starts them when they are on disk. */
async function beginRun(
  options: Parts,
  asked: Asked,
  draftRun: (conversation: ConversationRow, connection: Connection) => Promise<RunDraft>,
): Promise<StartedRun> {
  const { store, nodeId, clock } = options
  const { userId, conversationId, language, alsoModelIds = [] } = asked
  options.assertReady()
  assertUsableModel(options.catalog, userId, asked)
  for (const [index, modelId] of alsoModelIds.entries())
    assertUsableModel(options.catalog, userId, { modelId, modelField: `also_models.${index}` })
  const made = await store.transaction(async (transaction) => {
    const conversation = assertOwn(await tryLockConversation(conversationId, store.kind, transaction), userId)
    // Before the version, which the earlier send has counted up itself.
    const known = await tryEarlierSend(options, asked, transaction)
    if (known !== undefined) return known
    await assertVersion(conversation, asked.version, transaction)
    const draft = await draftRun(conversation, transaction)
    const circumstances = { now: clock(), nodeId, language }
    return { conversation, draft, saved: await saveRuns(conversation, draft, circumstances, transaction) }
  })
  if ('isNew' in made) return made
  const { draft, saved } = made
  const [{ runId, messageId }] = saved
  const admitted = admission(options, { asked, ...made })
  options.beginning.set(runId, admitted)
  const forget = () => void options.beginning.delete(runId)
  admitted.then(forget, forget)
  return { runId, userMessageId: draft.userMessageId, messageId, isNew: true, admitted }
}

interface Begun {
  readonly asked: Asked
  /** As it was before. */
  readonly conversation: ConversationRow
  readonly draft: RunDraft
  readonly saved: readonly [SavedRun, ...SavedRun[]]
}

/** Starts the runs. When none of them is admitted, what they were to answer is taken back, so that it can be said again. */
async function admission(options: Parts, begun: Begun): Promise<RunError | undefined> {
  const { asked, draft, saved } = begun
  const starts = saved.map((run) => startRun(options, { asked, draft, saved: run }))
  const refusal = await refusalOfAll(starts)
  if (refusal !== undefined) await withdraw(options, begun)
  return refusal
}

/** Undefined as soon as one is admitted; what refuses the first when none is. */
async function refusalOfAll(starts: readonly Promise<RunError | undefined>[]): Promise<RunError | undefined> {
  const isAdmitted = Promise.withResolvers<undefined>()
  const refusals = starts.map(async (start) => {
    const refusal = await start
    if (refusal === undefined) isAdmitted.resolve(undefined)
    return refusal
  })
  return await Promise.race([
    isAdmitted.promise,
    Promise.all(refusals).then((all) => (all.includes(undefined) ? undefined : all[0])),
  ])
}

/** Resolves as the runner does. A run that is refused says so in its message, which stays if another one beside it does. */
function startRun(
  { runner, feed, clock, patience }: RepliesOptions,
  { asked, draft, saved }: { asked: Asked; draft: RunDraft; saved: SavedRun },
): Promise<RunError | undefined> {
  const { userId, conversationId, language } = asked
  const { runId, lastSeq, turns } = saved
  const { calledBy, isAtOnce = false } = draft
  const admitted = runner.start({
    runId,
    conversationId,
    userId,
    lastSeq,
    turns,
    isAtOnce,
    calledBy:
      calledBy &&
      (({ turn, content, waiting }) => {
        const called = calledBy({ senderId: senderOf(turn), content, waiting: waiting.map(senderOf) })
        return turnsAfter(waiting.at(-1) ?? turn, called, { runId, conversationId, now: clock() })
      }),
    patience: asked.isWhole === true ? patience() : undefined,
    describeError: (error) => describeError(error, language),
  })
  feed.tell(userId, { type: 'run', id: runId, conversation_id: conversationId, status: 'running' })
  return admitted
}

function senderOf({ message }: Turn): string {
  return message.sender_id ?? ''
}

/** A group's bots, or the one model of a personal conversation. */
async function roundOf(
  options: RepliesOptions,
  about: { conversation: ConversationRow; asked: Asked; content: string },
  connection: Connection,
): Promise<Pick<RunDraft, 'speakers' | 'calledBy' | 'isAtOnce'>> {
  const { conversation, asked, content } = about
  const round =
    conversation.kind === 'group' ? await groupRound(options, { group: conversation, content }, connection) : undefined
  const [first, ...others] = round?.speakers ?? []
  // A group whose bots have all been deleted is answered like any other conversation.
  if (first === undefined) return { speakers: [modelSpeaker(options, conversation, asked)] }
  return { speakers: [first, ...others], calledBy: round?.calledBy, isAtOnce: conversation.reply_mode === 'at_once' }
}

function createUserMessage(
  sent: SentMessage,
  about: { parentId: string | null; senderName: string | null; files: readonly MessageAttachment[]; now: number },
): NewMessage {
  const { parentId, senderName, files, now } = about
  return {
    id: uuid(),
    conversation_id: sent.conversationId,
    parent_id: parentId,
    sender_type: 'user',
    sender_id: sent.userId,
    sender_name: senderName,
    content: sent.content,
    attachments_json: writeAttachments(files),
    status: 'done',
    client_message_id: sent.clientMessageId ?? null,
    created_at: now,
    updated_at: now,
  }
}

/** The conversation's own model, or another one for once. */
function modelSpeaker(
  options: RepliesOptions,
  conversation: ConversationRow,
  asked: Pick<Asked, 'modelId' | 'isCountExact'>,
): Speaker {
  const { modelId = conversation.model_id, isCountExact = false } = asked
  return {
    modelId,
    senderId: modelId,
    senderName: null,
    ask: async (leafId) => {
      const { contextLimit = null, inputs = [] } = options.catalog.tryModel(modelId) ?? {}
      return await createQuestion({
        modelId,
        system: conversation.system_prompt === null ? [] : [conversation.system_prompt],
        parametersJson: conversation.parameters_json,
        branch: await loadContext({ conversationId: conversation.id, leafId, contextLimit }, options.store.database),
        contextLimit,
        countTokens: isCountExact ? await options.tokenCounter() : estimateTokens,
        reader: { inputs, attachments: options.attachments },
      })
    },
  }
}

function isUnfinished(message: MessageRow): boolean {
  const isCut = message.status === 'stopped' || message.status === 'interrupted' || message.status === 'failed'
  return message.sender_type === 'bot' && message.content !== '' && isCut
}

/** Not every upstream goes on with a reply that stands last; all do what a person asks. */
function resuming(question: Question, beginning: string): Question {
  const { request } = question
  const words = (text: string) => [{ type: 'text' as const, text }]
  const messages = [
    ...request.messages,
    { role: 'assistant' as const, content: words(beginning) },
    {
      role: 'user' as const,
      content: words(
        'Your last message was cut off. Go on exactly where it stops, in its language, without repeating anything.',
      ),
    },
  ]
  return { ...question, beginning, request: { ...request, messages } }
}

async function tryEarlierSend(
  { beginning }: Parts,
  { conversationId, clientMessageId }: Asked,
  connection: Connection,
): Promise<StartedRun | undefined> {
  if (clientMessageId === undefined) return undefined
  const message = await tryMessageOfClient({ conversationId, clientMessageId }, connection)
  if (message === undefined || message.run_id === null) return undefined
  const run = await tryRun(message.run_id, connection)
  return (
    run && {
      runId: run.id,
      userMessageId: message.id,
      messageId: run.message_id,
      isNew: false,
      admitted: beginning.get(run.id) ?? Promise.resolve(undefined),
    }
  )
}

/** What a new message is said after. What is still being written, a group's round as well, can be followed by nothing. */
async function parentOf(
  conversation: ConversationRow,
  parentId: string | null | undefined,
  connection: Connection,
): Promise<string | null> {
  const id = parentId === undefined ? conversation.active_leaf_id : parentId
  if (id === null) return null
  const parent = await messageIn(conversation.id, id, connection)
  const run =
    parent.sender_type === 'bot' && parent.run_id !== null ? await tryRun(parent.run_id, connection) : undefined
  if (parent.status === 'running' || run?.status === 'running') throw new ParleyError('run_active')
  return parent.id
}

/** The person's message that `messageId` is, or is a reply to. */
async function messageToAnswer(
  conversation: ConversationRow,
  messageId: string | undefined,
  connection: Connection,
): Promise<MessageRow> {
  let id = messageId ?? conversation.active_leaf_id
  while (id !== null) {
    const message = await messageIn(conversation.id, id, connection)
    if (message.sender_type === 'user') return message
    id = message.parent_id
  }
  throw notFound('messageToAnswer')
}
