import { ParleyError } from '@parley/contract'
import type { Catalog } from '../catalog/catalog.ts'
import type { Config } from '../config/config.ts'
import type { Encryption } from '../config/encryption.ts'
import { createFileStore } from './attachments/file-store.ts'
import { type AttachmentKeeping, startAttachmentKeeping } from './attachments/keeping.ts'
import { type Attachments, createAttachments } from './attachments/service.ts'
import type { Engine } from '../relay/engine.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { createPins, type Pins } from './conversations/pins.ts'
import { type Conversations, createConversations } from './conversations/service.ts'
import { createSessionUsages, type SessionUsages } from './doors/usage.ts'
import { createFeed, type Feed } from './feed/feed.ts'
import { type Bots, createBots } from './groups/bots.ts'
import { createGroups, type Groups } from './groups/service.ts'
import { type Branches, createBranches } from './messages/branches.ts'
import { createReplies, type Replies } from './messages/replies.ts'
import { createHandover, type Handover } from './handover/handover.ts'
import { type Housekeeping, type RetentionRules, startHousekeeping } from './housekeeping/housekeeping.ts'
import { createMessages, type Messages } from './messages/service.ts'
import { createDefaultModels } from './models.ts'
import { createTokenCounter } from '../ledger/token-counter.ts'
import { type LogKeeping, startLogKeeping } from './runs/log-keeping.ts'
import { createRecovery } from './runs/recovery.ts'
import { createRunBus } from './runs/run-bus.ts'
import { createRunReader } from './runs/run-reader.ts'
import { createRunner } from './runs/runner.ts'
import { createRuns, type Runs, stopTopic } from './runs/service.ts'
import { startIndexKeeping } from './search/index-keeping.ts'
import { createSearch, type Search } from './search/service.ts'
import { createShares, type Shares } from './sharing/service.ts'
import { createSync, type Sync } from './sync/sync.ts'
import { createTemplates, type Templates } from './templates/service.ts'
import { createTitles } from './titles/titles.ts'
import { createUndo, type Undo } from './undo/undo.ts'
import { createExports, type Exports } from './transfer/export.ts'
import { createImports, type Imports } from './transfer/import.ts'

export interface Chat extends AsyncDisposable {
  readonly conversations: Conversations
  readonly pins: Pins
  readonly attachments: Attachments
  readonly attachmentKeeping: AttachmentKeeping
  readonly messages: Messages
  readonly replies: Replies
  readonly branches: Branches
  readonly runs: Runs
  readonly feed: Feed
  readonly exports: Exports
  readonly imports: Imports
  readonly search: Search
  readonly shares: Shares
  readonly undo: Undo
  readonly sync: Sync
  readonly templates: Templates
  readonly usages: SessionUsages
  readonly bots: Bots
  readonly groups: Groups
  readonly handover: Handover
  readonly logKeeping: LogKeeping
  readonly housekeeping: Housekeeping
  /** Ends what nodes that are gone left running; how many runs that were. To be called at start, and when a node falls silent. */
  recoverRuns(deadNodeIds: readonly string[]): Promise<number>
  /** Refuses new runs and waits for those under way, at most so long. Disposing then ends the rest, with their text. */
  drain(limitMs: number): Promise<void>
}

export interface ChatOptions {
  readonly store: Store
  readonly state: State
  readonly engine: Engine
  readonly catalog: Catalog
  readonly config: Pick<Config, 'chat'>
  readonly encryption: Encryption
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
  readonly nodeId: string
  /** What a person has chosen for new conversations; null: nothing. */
  readonly defaultModelOf?: (userId: string) => Promise<string | null>
  /** Whether somebody's group lets them use a model; everything is allowed when it is not given. */
  readonly isAllowedModel?: (userId: string, modelId: string) => boolean
  /** Everything is kept when none is given. */
  readonly retention?: RetentionRules
}

type Upkeep = Pick<Chat, 'logKeeping' | 'housekeeping' | 'attachmentKeeping'>

const keepEverything: RetentionRules = { forEverybody: () => null, ofPeople: async () => new Map() }

/** A run of this process tells its readers itself; one elsewhere is looked at, in case its messages get lost. */
const localPollMs = 30_000
const remotePollMs = 1_000

export async function createChat(options: ChatOptions): Promise<Chat> {
  const { store, state, catalog, clock, log, nodeId, retention = keepEverything } = options
  const feed = createFeed({ state, log })
  const bus = createRunBus({ state, warn: (error, message) => log.warn({ err: error }, message) })
  const recovery = createRecovery({ store, bus, feed, clock, log })
  const titles = createTitles({ ...options, feed, config: options.config.chat })
  const runner = createRunner({
    ...options,
    onFirstReply: (reply) => titles.begin(reply),
    bus,
    feed,
    abandon: (runId) => recovery.interruptRun(runId),
  })
  const pollMs = (runId: string) => (runner.isRunning(runId) ? localPollMs : remotePollMs)
  const runs = createRuns({ store, state, runner, log, readRun: createRunReader({ store, bus, pollMs }) })
  const leaveStopTopic = await state.topics.subscribe(stopTopic, (runId) => void runner.tryStop(runId))
  const upkeep = startUpkeep({ store, feed, retention, clock, log })
  const { chat: config } = options.config
  const { defaultModelOf: chosenBy, isAllowedModel: isAllowed = () => true } = options
  const defaultModelFor = createDefaultModels({ catalog, config, chosenBy, isAllowed })
  const tokenCounter = createTokenCounter(config.tokenizer)
  const files = createFileStore({ store, encryption: options.encryption, clock })
  const attachments = createAttachments({ store, files, config, clock })
  let isStopping = false

  return {
    runs,
    feed,
    attachments,
    exports: createExports({ store, attachments, clock }),
    imports: createImports({ store, feed, catalog, attachments, defaultModelFor, clock }),
    search: createSearch({ store }),
    undo: createUndo({ store, feed, clock }),
    sync: createSync({ store }),
    shares: createShares({ store, attachments, clock }),
    templates: createTemplates({ store, clock }),
    bots: createBots({ store, catalog, clock }),
    groups: createGroups({ store, catalog, feed, clock, defaultModelFor }),
    handover: createHandover({ store, feed, stopRunsOf: (id) => runs.stopAllOf(id) }),
    usages: createSessionUsages({ store, catalog, tokenCounter, attachments }),
    messages: createMessages({ store, feed, attachments }),
    pins: createPins({ store, feed }),
    branches: createBranches({ store, attachments, runs, feed, clock }),
    conversations: createConversations({
      store,
      feed,
      catalog,
      clock,
      defaultModelFor,
      stopRunsOf: async (id) => void (await runs.stopAllOf(id)),
    }),
    replies: createReplies({
      store,
      feed,
      runner,
      nodeId,
      clock,
      catalog,
      tokenCounter,
      attachments,
      patience: () => ({ timeoutMs: config.completionTimeoutMs, retries: config.completionRetries }),
      assertReady: () => {
        if (isStopping) throw new ParleyError('not_ready')
      },
    }),
    ...upkeep.parts,
    recoverRuns: (nodeIds) => recovery.recoverRuns(nodeIds),
    async drain(limitMs) {
      isStopping = true
      await runner.drain(limitMs)
    },
    async [Symbol.asyncDispose]() {
      isStopping = true
      await upkeep[Symbol.asyncDispose]()
      await leaveStopTopic()
      await runner.interruptAll()
      await titles[Symbol.asyncDispose]()
    },
  }
}

/** What goes on beside everything else, by itself. */
function startUpkeep(
  options: Pick<ChatOptions, 'store' | 'clock' | 'log'> & { feed: Feed; retention: RetentionRules },
): AsyncDisposable & { readonly parts: Upkeep } {
  const parts = {
    logKeeping: startLogKeeping(options),
    housekeeping: startHousekeeping(options),
    attachmentKeeping: startAttachmentKeeping(options),
  }
  const indexKeeping = startIndexKeeping(options)
  return {
    parts,
    async [Symbol.asyncDispose]() {
      for (const part of Object.values(parts)) part[Symbol.dispose]()
      await indexKeeping[Symbol.asyncDispose]()
    },
  }
}
