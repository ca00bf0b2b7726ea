import { tmpdir } from 'node:os'
import type { TestDatabase } from '@parley/testkit'
import { v7 as uuid } from 'uuid'
import type { Catalog, CatalogModel } from '../../catalog/catalog.ts'
import { createEncryption } from '../../config/encryption.ts'
import { inputsByName } from '../../catalog/model-inputs.ts'
import type { Config } from '../../config/config.ts'
import { createState } from '../../state/create-state.ts'
import type { State } from '../../state/state.ts'
import { createStore } from '../../store/create-store.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import { type Chat, createChat } from '../chat.ts'
import { FakeEngine } from './fake-engine.ts'

/** Chat on a real database, with an engine that the test drives. Dispose it before the database goes. */
export interface ChatHarness extends AsyncDisposable {
  readonly chat: Chat
  readonly engine: FakeEngine
  readonly store: Store
  readonly state: State
  readonly userId: string
  /** Another process on the same database and state, as far as chat can tell. */
  otherNode(): Promise<{ chat: Chat; engine: FakeEngine; nodeId: string }>
  newUser(): Promise<string>
  newConversation(): Promise<string>
  readonly nodeId: string
}

export const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined }

export const chatConfig: Config['chat'] = {
  requestsPerMinute: 20,
  defaultModel: 'gpt-3.5-turbo',
  isUsageSent: true,
  isUsageFromUpstreamOnly: false,
  tokenizer: 'heuristic',
  completionTimeoutMs: 30_000,
  completionRetries: 2,
  titleModel: undefined,
  attachments: { maxBytes: 20 * 1024 * 1024, quotaBytes: 100 * 1024 * 1024 },
}

const encryption = createEncryption({ encryptionKeys: [{ id: 'test', key: Buffer.alloc(32, 7) }] })

export interface ChatHarnessOptions {
  /** Each node's own view of what they share; one memory for all of them unless given. */
  readonly openState?: () => Promise<State>
  readonly titleModel?: string
  readonly completionTimeoutMs?: number
  readonly defaultModelOf?: (userId: string) => Promise<string | null>
  readonly log?: Log
}

export async function openChat(database: TestDatabase, options: ChatHarnessOptions = {}): Promise<ChatHarness> {
  const place =
    database.kind === 'sqlite'
      ? { kind: database.kind, file: database.url.replace(/^sqlite:/, '') }
      : { kind: database.kind, url: database.url }
  const store = await createStore(place, { dataDir: tmpdir(), log: quiet })
  const memory = await createState({ kind: 'memory' }, { log: quiet })
  // Several nodes share it in these tests, so it says of itself what shared state says.
  const shared: State = { ...memory, kind: 'redis' }
  const { openState = async () => shared } = options
  const owned = new AsyncDisposableStack()
  owned.use(store)
  owned.use(memory)

  async function addNode() {
    const engine = new FakeEngine()
    const state = await openState()
    if (state !== shared) owned.use(state)
    const nodeId = uuid()

    const chat = await createChat({
      store,
      state,
      engine,
      catalog,
      config: {
        chat: {
          ...chatConfig,
          titleModel: options.titleModel,
          completionTimeoutMs: options.completionTimeoutMs ?? chatConfig.completionTimeoutMs,
        },
      },
      encryption,
      ...(options.defaultModelOf && { defaultModelOf: options.defaultModelOf }),
      clock: Date.now,
      log: options.log ?? quiet,
      nodeId,
    })
    owned.use(chat)
    return { chat, engine, nodeId, state }
  }

  async function newUser(): Promise<string> {
    const id = uuid()
    const now = Date.now()
    await store.database
      .insertInto('user')
      .values({
        id,
        email: `${id}@example.com`,
        username: `user-${id}`,
        nickname: null,
        password_hash: '-',
        role: 'user',
        token_quota: 1_000_000,
        created_at: now,
        updated_at: now,
        last_login_at: null,
      })
      .execute()
    return id
  }

  const first = await addNode()
  const userId = await newUser()
  return {
    ...first,
    store,
    userId,
    otherNode: addNode,
    newUser,
    newConversation: async () => (await first.chat.conversations.create(userId, {}, 'zh')).id,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const models: readonly CatalogModel[] = ['gpt-3.5-turbo', 'gpt-4-turbo', 'claude-3-opus'].map((id) => ({
  id,
  name: id,
  provider: 'Test',
  contextLimit: 8_192,
  inputs: inputsByName(id),
  features: [],
  isActive: true,
  createdAt: 0,
}))

export const catalog: Catalog = {
  tryModel: (id) => models.find((model) => model.id === id),
  listModels: () => models,
  tryPrice: () => undefined,
}
