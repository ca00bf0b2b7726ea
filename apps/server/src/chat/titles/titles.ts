/**
 * Titles of new conversations, by a model that the operator has chosen for it, after the first reply: better than the
 * reply's first words, which stand until then.
 *
 * Guarantees: nobody waits for a title, and one that does not come is missed by nobody; one that a person typed, before or
 * meanwhile, is never replaced. The call is the person's, like their others: limited, metered and billed to them.
 */
import type { ChatRequest } from '@parley/wires'
import type { Engine } from '../../relay/engine.ts'
import type { Log } from '../../store/log.ts'
import type { Store } from '../../store/store.ts'
import type { Catalog } from '../../catalog/catalog.ts'
import { titleFromModel, tryConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { tryMessage } from '../messages/repository.ts'
import { withoutNul } from '../plain-text.ts'

export interface Titles extends AsyncDisposable {
  /** To be called when a conversation has its first reply. */
  begin(about: FirstReply): void
}

export interface FirstReply {
  readonly userId: string
  readonly conversationId: string
  /** The reply. */
  readonly messageId: string
}

export interface TitlesOptions {
  readonly store: Store
  readonly engine: Engine
  readonly catalog: Catalog
  readonly feed: Feed
  readonly log: Log
  /** Without a model the first words stay. */
  readonly config: { readonly titleModel: string | undefined }
}

const limitMs = 60_000
const mostCharacters = 2_000
const longestTitle = 60
/** Some models think before they write. */
const maxTokens = 1_000

export function createTitles(options: TitlesOptions): Titles {
  const { config, log } = options
  const ended = new AbortController()
  const pending = new Set<Promise<void>>()
  return {
    begin(about) {
      const model = config.titleModel
      if (model === undefined || ended.signal.aborted) return
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(limitMs)])
      const work = giveTitle(about, { ...options, model, signal }).catch((error: unknown) => {
        log.warn({ err: error, conversationId: about.conversationId }, 'a conversation keeps its first words as title')
      })
      pending.add(work)
      void work.finally(() => pending.delete(work))
    },
    async [Symbol.asyncDispose]() {
      ended.abort()
      await Promise.all(pending)
    },
  }
}

async function giveTitle(
  { userId, conversationId, messageId }: FirstReply,
  options: TitlesOptions & { readonly model: string; readonly signal: AbortSignal },
): Promise<void> {
  const { store, engine, catalog, feed, model, signal } = options
  const known = catalog.tryModel(model)
  if (known?.isActive !== true || known.own !== undefined) throw new Error(`there is no model "${model}" for titles`)
  const conversation = await tryConversation(conversationId, store.database)
  if (conversation?.title_source !== 'reply' || conversation.is_temporary === 1) return
  const request = await requestFor(messageId, model, store)
  if (request === undefined) return
  const anyModel = { models: null, wires: null, accountIds: null, limits: [], isOperatorsChoice: true } as const
  const caller = { userId, keyId: null, ...anyModel }
  let text = ''
  const onEvent = (event: { type: string; text?: string }) => {
    if (event.type === 'text') text += event.text ?? ''
  }
  const { error } = await engine.generate({ caller, request, conversationId, signal, onEvent })
  if (error !== undefined) throw new Error(`${model}: ${error.code}: ${error.message}`)
  const title = readTitle(text, model)
  if (title === '') return
  const isChanged = await store.transaction((transaction) => titleFromModel(conversationId, title, transaction))
  if (isChanged) feed.tell(userId, { type: 'conversation', id: conversationId, change: 'updated' })
}

async function requestFor(messageId: string, model: string, store: Store): Promise<ChatRequest | undefined> {
  const reply = await tryMessage(messageId, store.database)
  const question = reply?.parent_id ? await tryMessage(reply.parent_id, store.database) : undefined
  if (reply === undefined || question === undefined) return undefined
  const said = [question, reply].map(({ content }) => content.slice(0, mostCharacters).toWellFormed())
  const text = `${said[0]}\n\n---\n\n${said[1]}\n\n---\n\nGive this conversation a title.`
  return {
    model,
    stream: true,
    system: [
      {
        type: 'text',
        text: 'You give conversations titles: at most six words, or fifteen Chinese characters, in the language of the conversation. Answer with the title alone, without quotes.',
      },
    ],
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    tools: [],
    maxTokens,
  }
}

/** With what stands around the title; a reply can be as long as its model likes. */
const longestLine = 1000

/** The first line with words in it, without what models put around a title. */
export function readTitle(text: string, model: string): string {
  const plain = withoutNul(text).replace(`[${model}] `, '')
  const line = plain.split(/\r?\n/).find((each) => /[\p{L}\p{N}]/u.test(each)) ?? ''
  const bare = line
    .slice(0, longestLine)
    .replace(/^[\s#*"'“”‘’「『《]*(?:(?:title|标题)\s*[:：]\s*)?[\s*"'“”‘’「『《]*/iu, '')
    .replace(/[\s*"'“”‘’」』》。.]*$/u, '')
    .replace(/\s+/g, ' ')
  return Array.from(bare).slice(0, longestTitle).join('').trim()
}
