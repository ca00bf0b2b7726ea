/**
 * Following what is being written. A run lives in the server; here is one reader of it, whether it was started here a moment
 * ago, before a reload, or on another device. A reader that is cut comes back with the number of the last event it has.
 */
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { readEvents } from '@parley/sdk/events.ts'
import { ApiError, call, open } from '../../api/client.ts'
import { pause } from '../../api/pause.ts'
import { queryClient } from '../../api/queries.ts'
import { createStore } from '../../api/store.ts'
import type { ConversationWithMessages, Run } from '../../api/types.ts'
import { textNow } from '../../i18n/language.ts'
import { announce } from '../../ui/announcer.tsx'
import { showError } from '../../ui/toast.tsx'
import { dropLiveReply, isWritten, whenShown } from './live-replies.ts'
import { conversationQuery, reloadConversation } from './queries.ts'
import { RunEvents, tryRunId } from './run-events.ts'

/** Which runs are writing in a conversation, as far as is known here. */
export const runningRuns = createStore<ReadonlyMap<string, readonly string[]>>(new Map())

const followed = new Set<string>()
const firstPauseMs = 300
const longestPauseMs = 8000

export function addRunning(conversationId: string, runId: string): void {
  changeRunning(conversationId, (known) => (known.includes(runId) ? known : [...known, runId]))
}

export function dropRunning(conversationId: string, runId: string): void {
  changeRunning(conversationId, (known) => known.filter((id) => id !== runId))
}

function changeRunning(conversationId: string, change: (known: readonly string[]) => readonly string[]): void {
  runningRuns.update((all) => {
    const known = all.get(conversationId) ?? []
    const changed = change(known)
    if (changed.length === known.length) return all
    const next = new Map(all)
    if (changed.length === 0) next.delete(conversationId)
    else next.set(conversationId, changed)
    return next
  })
}

export function isFollowed(runId: string): boolean {
  return followed.has(runId)
}

/** Asks for those that nobody here reads: they may have ended while their end could not be heard. */
export function dropEnded(): void {
  for (const [conversationId, runIds] of runningRuns.get()) {
    for (const runId of runIds.filter((id) => !isFollowed(id))) {
      void hasEnded(runId).then((isOver) => isOver && endHere(conversationId, runId))
    }
  }
}

/** A run that nobody here has read to its end is over. */
export function endHere(conversationId: string, runId: string): void {
  dropRunning(conversationId, runId)
  void reloadConversation(conversationId)
}

/** Follows what is still being written in a conversation that has been loaded. */
export function followRunning({ id, messages }: ConversationWithMessages): void {
  for (const { id: messageId, status, run_id: runId } of messages) {
    if (runId === null || followed.has(runId)) continue
    if (status !== 'running') dropLiveReply(messageId)
    else if (!isWritten(messageId)) void follow(id, { runId })
  }
}

interface BegunRun {
  readonly runId: string
  /** Its reply is not on the branch that is shown, but is shown beside it. */
  readonly isBeside?: boolean
}

/**
 * Follows a run to its end: `response` is the stream that began it, if it was begun here. Resolves when the reply is saved
 * and shown, or when somebody else here follows that run already. Throws only when no run has begun.
 */
export async function follow(conversationId: string, begun: BegunRun | { response: Response }): Promise<void> {
  const events = new RunEvents(conversationId, { isBeside: 'isBeside' in begun && begun.isBeside === true })
  let response = 'response' in begun ? begun.response : undefined
  if ('runId' in begun && !claim(events, begun.runId)) return
  try {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const before = events.lastId
      const outcome = await read(events, response)
      response = undefined
      if (outcome === 'elsewhere') return
      if (outcome === 'over') break
      if (events.lastId !== before) pauseMs = firstPauseMs
      await pause(pauseMs)
    }
  } catch (error) {
    if (events.runId === undefined) throw error
    if (!(error instanceof ApiError && error.status === 404)) showError(error)
  }
  await finish(events, events.runId)
}

/** Ends all that is being written in a conversation; what has been written is kept. */
export async function stopRuns(conversationId: string): Promise<void> {
  const ids = runningRuns.get().get(conversationId) ?? []
  await Promise.all(
    ids.map(async (runId) => {
      const isOver = await isRunOver(call<Run>('POST', `/api/runs/${runId}/stop`))
      if (isOver && !isFollowed(runId)) endHere(conversationId, runId)
    }),
  )
}

/** Reads as far as the connection lasts. */
async function read(events: RunEvents, begun: Response | undefined): Promise<'over' | 'cut' | 'elsewhere'> {
  try {
    const response = begun ?? (await open('GET', `/api/runs/${events.runId}/events?after=${events.lastId}`))
    for await (const event of readEvents(response)) {
      const runId = events.runId ?? tryRunId(event)
      if (runId !== undefined && events.runId === undefined && !claim(events, runId)) return 'elsewhere'
      events.take(event)
      if (events.isDone) return 'over'
    }
  } catch (error) {
    if (events.runId === undefined) throw error
    if (error instanceof ApiError && !error.isOffline && error.status < 500) throw error
    return 'cut'
  }
  if (events.runId === undefined) throw new ApiError(textNow(commonTexts.offline), { status: 0, code: 'offline' })
  // A clean end without `done` is that of a run that failed, or of a server that is being restarted.
  return (await hasEnded(events.runId)) ? 'over' : 'cut'
}

/** False also where nobody can say. */
async function hasEnded(runId: string): Promise<boolean> {
  return await isRunOver(call<Run>('GET', `/api/runs/${runId}`)).catch(() => false)
}

/** By what the server says of it; one that is not there any more is over. */
async function isRunOver(answer: Promise<Run>): Promise<boolean> {
  try {
    return (await answer).status !== 'running'
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true
    throw error
  }
}

/** One reader for each run: two would write every word twice. */
function claim(events: RunEvents, runId: string): boolean {
  if (followed.has(runId)) return false
  followed.add(runId)
  events.runId = runId
  addRunning(events.conversationId, runId)
  announce(textNow(chatTexts.replyBegins))
  return true
}

async function finish(events: RunEvents, runId: string | undefined): Promise<void> {
  const { conversationId, messageIds } = events
  await whenShown(messageIds)
  await reloadConversation(conversationId)
  for (const id of messageIds) if (isSaved(conversationId, id)) dropLiveReply(id)
  if (runId !== undefined) {
    followed.delete(runId)
    dropRunning(conversationId, runId)
  }
  announce(textNow(events.hasFailed ? chatTexts.replyFailed : chatTexts.replyEnds))
}

/** What is loaded has it whole, or does not have it: loading may have failed, or waits until somebody looks. */
function isSaved(conversationId: string, messageId: string): boolean {
  const loaded = queryClient.getQueryData(conversationQuery(conversationId).queryKey)
  return loaded?.messages.find(({ id }) => id === messageId)?.status !== 'running'
}
