import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { ChatRequest, Usage } from '@parley/wires'
import type { Catalog } from '../../catalog/catalog.ts'
import type { Engine } from '../../relay/engine.ts'
import type { Outcome } from '../../relay/exchange.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { followLeaf, titleFromReply, touchConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { accountsFor } from '../models.ts'
import { insertMessage, type NewMessage, updateMessage } from '../messages/repository.ts'
import { withoutNul } from '../plain-text.ts'
import { titleOf } from '../title.ts'
import type { FirstReply } from '../titles/titles.ts'
import { endedMessage } from './ended-message.ts'
import { MessageFold } from './message-fold.ts'
import { endRun } from './repository.ts'
import type { RunBus } from './run-bus.ts'
import {
  type ContextCounted,
  type EndedStatus,
  interruption,
  messageStarted,
  runEnded,
  type RunEnded,
  type RunError,
  type UsageSettled,
} from './run-event.ts'
import { RunLog } from './run-log.ts'
import { createRunWriter } from './run-writer.ts'
import { Voice } from './voice.ts'
import { callPatiently, type Patience } from './whole-call.ts'

/**
 * Makes the runs of this process: asks the engine for one message after another and writes what comes into the run's log.
 *
 * A run belongs to its conversation and not to a request: that nobody reads it changes nothing. It ends in exactly one of
 * four ways, and then its messages hold what its log holds, in the same commit as the log's last event.
 */
export interface Runner {
  /** Resolves with undefined when a call was admitted; with what refused it when it has ended and none was: nobody was asked. */
  start(plan: RunPlan): Promise<RunError | undefined>
  /** Ends a run of this process, keeping what it has said. False when it is not here. */
  tryStop(runId: string): boolean
  isRunning(runId: string): boolean
  /** Resolves when the run has ended; at once when it is not here. */
  ended(runId: string): Promise<void>
  /** Resolves when nothing runs, or after `limitMs`. */
  drain(limitMs: number): Promise<void>
  /** Ends all runs as interrupted, with their text. */
  interruptAll(): Promise<void>
}

export interface RunPlan {
  readonly runId: string
  readonly conversationId: string
  readonly userId: string
  /** The number of the last event that was written when the run was made. */
  readonly lastSeq: number
  /** One after another; the message and the `message-start` of the first are written already. */
  readonly turns: readonly Turn[]
  /** All of them are asked now and hear nothing of one another. Their replies are in the log one after another all the same. */
  readonly isAtOnce: boolean
  /** Who follows because of what somebody has said; `waiting` are those whose turn is still to come. */
  readonly calledBy?: ((said: { turn: Turn; content: string; waiting: readonly Turn[] }) => readonly Turn[]) | undefined
  /** Set when its caller waits for all of it. */
  readonly patience?: Patience | undefined
  /** What the person is told when it fails, in their language. */
  readonly describeError: (error: RunError) => RunError
}

export interface Turn {
  /** As it is before anything was said. */
  readonly message: NewMessage
  /** Makes what the model is asked, when its turn has come. */
  readonly ask: () => Promise<Question>
}

export interface Question {
  readonly request: ChatRequest
  /** What the message begins with: it goes on from there. */
  readonly beginning?: string
  /** Said at the beginning where somebody wants to know. */
  readonly context: ContextCounted | undefined
}

export interface RunnerOptions {
  readonly store: Store
  readonly feed: Feed
  readonly engine: Engine
  readonly catalog: Catalog
  readonly bus: RunBus
  readonly clock: () => number
  readonly log: Log
  /** Told when a conversation has got its first title from a reply. */
  readonly onFirstReply: (reply: FirstReply) => void
  /** Ends a run whose log this process can no longer write. */
  readonly abandon: (runId: string) => Promise<void>
}

/** How long the engine may take to settle a call that was ended, before the message is closed without its numbers. */
const settleLimitMs = 2_000
/** Between two tries to end a run while the database is away. */
const firstPauseMs = 250
const longestPauseMs = 15_000

interface ActiveRun {
  readonly plan: RunPlan
  readonly log: RunLog
  readonly controller: AbortController
  /** Why it was ended from outside; undefined while it was not. */
  cause: 'stopped' | 'interrupted' | 'lost' | undefined
  readonly admitted: PromiseWithResolvers<RunError | undefined>
  finished: Promise<void>
}

export function createRunner(options: RunnerOptions): Runner {
  const active = new Map<string, ActiveRun>()
  const writer = createRunWriter(options.store)
  const stopping = new AbortController()

  function end(run: ActiveRun, cause: NonNullable<ActiveRun['cause']>): void {
    run.cause ??= cause
    run.controller.abort()
  }

  async function start(plan: RunPlan): Promise<RunError | undefined> {
    const { bus, log } = options
    const runLog = new RunLog({
      runId: plan.runId,
      lastSeq: plan.lastSeq,
      writer,
      bus,
      onLost: (cause) => {
        log.warn({ err: cause, runId: plan.runId }, 'the log of a run cannot be written any more')
        run.cause = 'lost'
        run.controller.abort()
      },
    })
    const run: ActiveRun = {
      plan,
      log: runLog,
      controller: new AbortController(),
      cause: undefined,
      admitted: Promise.withResolvers(),
      finished: Promise.resolve(),
    }
    active.set(plan.runId, run)
    run.finished = perform(run, options, stopping.signal).finally(() => {
      active.delete(plan.runId)
      run.admitted.resolve(undefined)
    })
    return await run.admitted.promise
  }

  return {
    start,
    tryStop(runId) {
      const run = active.get(runId)
      if (run !== undefined) end(run, 'stopped')
      return run !== undefined
    },
    isRunning: (runId) => active.has(runId),
    ended: async (runId) => await active.get(runId)?.finished,
    async drain(limitMs) {
      const all = Promise.all([...active.values()].map((run) => run.finished))
      await withinTime(all, limitMs)
    },
    async interruptAll() {
      const runs = [...active.values()]
      for (const run of runs) end(run, 'interrupted')
      stopping.abort()
      await Promise.all(runs.map((run) => run.finished))
    },
  }
}

/** Never rejects: whatever goes wrong ends the run and is logged. */
async function perform(run: ActiveRun, options: RunnerOptions, stopping: AbortSignal): Promise<void> {
  try {
    await speakInTurn(run, options)
  } catch (error) {
    options.log.error({ err: error, runId: run.plan.runId }, 'a run failed')
    run.cause = 'lost'
  }
  if (run.cause === 'lost') await abandon(run.plan.runId, options, stopping)
}

/** As long as the database is away a run cannot be ended, and nobody can go on in its conversation. */
async function abandon(runId: string, options: RunnerOptions, stopping: AbortSignal): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await options.abandon(runId)
    } catch (error) {
      const what = { err: error, runId }
      if (stopping.aborted) {
        return options.log.error(what, 'a run could not be ended; the next start of the server ends it')
      }
      options.log.warn(what, 'a run could not be ended, trying again')
    }
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined)
  }
}

async function speakInTurn(run: ActiveRun, options: RunnerOptions): Promise<void> {
  const { calledBy } = run.plan
  const turns = [...run.plan.turns]
  const speaking = run.plan.isAtOnce
    ? turns.map((turn, index) => begin(run, turn, { ...options, hasWord: index === 0 }))
    : []
  const ends: Spoken[] = []
  for (const [index, turn] of turns.entries()) {
    if (index > 0 && !(await beginTurn(run, turn, options.clock()))) return
    const { voice, speech } = speaking[index] ?? begin(run, turn, { ...options, hasWord: true })
    voice.takeWord()
    const spoken = await speech
    ends.push(spoken)
    if (spoken.status === 'done' && calledBy !== undefined) {
      const { content } = spoken.fold.result()
      turns.push(...calledBy({ turn, content, waiting: turns.slice(index + 1) }))
    }
    const cut = index === turns.length - 1 ? undefined : run.cause
    const isLast = index === turns.length - 1 || cut !== undefined
    const runEnd = isLast ? endOf(run.plan, ends, cut) : undefined
    const isWritten = await endTurn(run, { turn, spoken, runEnd }, options)
    if (isLast && isWritten && ends.every(isRefused)) run.admitted.resolve(spoken.error)
    if (isLast || !isWritten) return
  }
}

/** Asks the speaker. It is heard when its voice has the word. */
function begin(run: ActiveRun, turn: Turn, { hasWord, ...options }: RunnerOptions & { readonly hasWord: boolean }) {
  const voice = new Voice(run.log, { hasWord, signal: run.controller.signal })
  return { voice, speech: speak({ run, turn, voice }, options) }
}

/** `cut`: what kept others from being heard. */
function endOf({ describeError }: RunPlan, ends: readonly Spoken[], cut: ActiveRun['cause']): RunEnded {
  const status = cut === 'stopped' || cut === 'interrupted' ? cut : overall(ends)
  return runEnded(status, { said: ends.at(-1)?.error, unsaid: describeError(interruption) })
}

/** A round in which one was heard is done; it failed when nobody was. */
function overall(ends: readonly Spoken[]): EndedStatus {
  const last = ends.at(-1)?.status ?? 'failed'
  if (last === 'stopped' || last === 'interrupted') return last
  return ends.some(({ status }) => status === 'done') ? 'done' : 'failed'
}

/** Only where no call of the run was admitted does it mean that nobody was asked: an account that is busy refuses, too. */
function isRefused({ status, outcome }: Spoken): boolean {
  return status === 'failed' && outcome?.endReason === 'refused'
}

async function beginTurn(run: ActiveRun, turn: Turn, now: number): Promise<boolean> {
  const message = { ...turn.message, created_at: now, updated_at: now }
  return await run.log.write([messageStarted(message)], async (connection) => {
    await insertMessage(message, connection)
    const { parent_id: after = null, id: to } = message
    await touchConversation(run.plan.conversationId, now, connection)
    // Who looks at another branch meanwhile goes on looking at it.
    await followLeaf(run.plan.conversationId, { after, to }, connection)
  })
}

interface Spoken {
  readonly status: EndedStatus
  readonly fold: MessageFold
  /** Undefined when the call was ended and did not settle in time. */
  readonly outcome: Outcome | undefined
  readonly error: RunError | undefined
}

interface Speech {
  readonly run: ActiveRun
  readonly turn: Turn
  readonly voice: Voice
}

async function speak({ run, turn, voice }: Speech, { engine, catalog, log }: RunnerOptions): Promise<Spoken> {
  const { userId } = run.plan
  const { signal } = run.controller
  const fold = new MessageFold()
  const generated = turn.ask().then(async ({ request, context, beginning }) => {
    if (context !== undefined) await voice.append(context)
    if (beginning !== undefined) {
      const said = { type: 'text' as const, index: 0, text: beginning }
      fold.add(said)
      await voice.append(said)
    }
    const accountIds = accountsFor(catalog, userId, request.model)
    const generate = async (callSignal: AbortSignal) =>
      await engine.generate({
        caller: { userId, keyId: null, models: null, wires: null, accountIds, limits: [] },
        request,
        conversationId: run.plan.conversationId,
        signal: callSignal,
        onAdmitted: () => run.admitted.resolve(undefined),
        onEvent: (event) => {
          // What comes after the end was asked for is nobody's: kept is what could be seen.
          if (callSignal.aborted || event.type === 'start' || event.type === 'error') return undefined
          fold.add(event)
          return voice.append(event)
        },
      })
    const { patience, describeError: describe } = run.plan
    if (patience === undefined) return await generate(signal)
    return await callPatiently(generate, { patience, signal, describe, hasContent: () => fold.hasContent })
  })
  let outcome: Outcome | undefined
  try {
    outcome = await Promise.race([generated, afterAbort(signal, settleLimitMs)])
  } catch (error) {
    log.error({ err: error, runId: run.plan.runId }, 'a model call broke')
    if (run.cause === undefined) return { status: 'failed', fold, outcome, error: failure(run) }
  }
  if (run.cause !== undefined) {
    if (run.cause === 'stopped') return { status: 'stopped', fold, outcome, error: undefined }
    return { status: 'interrupted', fold, outcome, error: run.plan.describeError(interruption) }
  }
  if (outcome?.error === undefined) return { status: 'done', fold, outcome, error: undefined }
  return { status: 'failed', fold, outcome, error: run.plan.describeError(outcome.error) }
}

function failure(run: ActiveRun): RunError {
  return run.plan.describeError({ code: 'internal', message: 'Internal server error.' })
}

interface TurnEnd {
  readonly turn: Turn
  readonly spoken: Spoken
  /** Set when the run ends with this message. */
  readonly runEnd: RunEnded | undefined
}

async function endTurn(run: ActiveRun, { turn, spoken, runEnd }: TurnEnd, options: RunnerOptions): Promise<boolean> {
  const { status, error, outcome, fold } = spoken
  const { plan } = run
  const now = options.clock()
  const folded = fold.result()
  const messageId = turn.message.id
  let isFirstReply = false
  const settled = outcome === undefined ? undefined : usageSettled(outcome, folded.usage)
  const isWritten = await run.log.write(
    [
      ...(settled === undefined ? [] : [settled]),
      { type: 'message-end', messageId, status, ...(error === undefined ? {} : { error }) },
      ...(runEnd === undefined ? [] : [runEnd]),
    ],
    async (connection) => {
      // The conversation before its message, as everybody does who locks both.
      await touchConversation(plan.conversationId, now, connection)
      await updateMessage(messageId, endedMessage({ folded, status, error, outcome, now }), connection)
      const title = titleOf(withoutNul(folded.content))
      if (title !== '') isFirstReply = await titleFromReply(plan.conversationId, title, connection)
      if (runEnd === undefined) return
      const errorMessage = (runEnd.error ?? error)?.message ?? null
      const ended = { id: plan.runId, status: runEnd.status, errorMessage, endedAt: now }
      if (!(await endRun(ended, connection))) throw new Error(`the run ${plan.runId} was ended by another node`)
    },
  )
  if (isWritten && runEnd !== undefined) {
    const { userId, runId, conversationId } = plan
    options.feed.tell(userId, { type: 'run', id: runId, conversation_id: conversationId, status: runEnd.status })
  }
  if (isWritten && isFirstReply && status === 'done') {
    options.onFirstReply({ userId: plan.userId, conversationId: plan.conversationId, messageId })
  }
  return isWritten
}

/** What was billed, unless nothing was or the upstream has said just that before. */
function usageSettled({ usage, usageSource }: Outcome, said: Usage | undefined): UsageSettled | undefined {
  if (usageSource === 'none' || (usageSource === 'upstream' && isDeepStrictEqual(usage, said))) return undefined
  return { type: 'usage', usage, source: usageSource }
}

async function afterAbort(signal: AbortSignal, graceMs: number): Promise<undefined> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  }
  await new Promise((resolve) => setTimeout(resolve, graceMs).unref())
  return undefined
}

async function withinTime(work: Promise<unknown>, limitMs: number): Promise<void> {
  const timeUp = Promise.withResolvers<void>()
  const timer = setTimeout(timeUp.resolve, limitMs)
  await Promise.race([work, timeUp.promise])
  clearTimeout(timer)
}
