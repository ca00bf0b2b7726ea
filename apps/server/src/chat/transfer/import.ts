/**
 * Brings conversations in from a file of this or another platform, one at a time, each whole or not at all. Ids are made
 * from where a conversation comes from, so that the same file again adds nothing, also after it broke off in the middle.
 */
import type { Catalog } from '../../catalog/catalog.ts'
import type { Connection, Store } from '../../store/store.ts'
import type { Attachments } from '../attachments/service.ts'
import { insertConversation, replaceTags, tryConversation } from '../conversations/repository.ts'
import type { Feed } from '../feed/feed.ts'
import { addBots, botsFor, insertBot, tryBot } from '../groups/repository.ts'
import { type DefaultModelFor } from '../models.ts'
import { insertMessages } from '../messages/repository.ts'
import { type Draft, draftOf } from './import-draft.ts'
import { fileFormat, ImportedFiles } from './import-files.ts'
import { readConversations } from './import-readers.ts'
import type { ImportedConversation } from './imported.ts'
import { jsonElements, JsonTextError } from './json-elements.ts'
import { asObject, asText } from './json-values.ts'

export interface ImportReport {
  readonly dry_run: boolean
  /** Conversations in the file. */
  found: number
  /** Those that were brought in, or would be. */
  imported: number
  messages: number
  /** Files that were stored. */
  files: number
  /** Those that are here already. */
  duplicates: number
  skipped: number
  /** Why, of the first hundred. */
  readonly problems: { title: string; reason: string }[]
  /** False: the file broke off; what came before counts. */
  is_complete: boolean
}

export interface Imports {
  /** A file with more than `maxBytes` (1 GB) breaks off there. */
  read(
    userId: string,
    file: AsyncIterable<Uint8Array>,
    options: { isDryRun: boolean; maxBytes?: number },
  ): Promise<ImportReport>
}

export interface ImportsOptions {
  readonly store: Store
  readonly feed: Feed
  readonly catalog: Catalog
  readonly attachments: Attachments
  readonly defaultModelFor: DefaultModelFor
  readonly clock: () => number
}

/** One person's import. */
interface Importing extends ImportsOptions {
  readonly userId: string
  readonly knownBots: ReadonlySet<string>
  readonly defaultModel: string
}

/** A thousand long conversations. */
const mostBytes = 1024 * 1024 * 1024
const mostProblems = 100

export function createImports(options: ImportsOptions): Imports {
  return {
    async read(userId, file, { isDryRun, maxBytes = mostBytes }) {
      const bots = await botsFor(userId, options.store.database)
      const knownBots = new Set(bots.map(({ id }) => id))
      await using reading = new Import(
        { ...options, userId, knownBots, defaultModel: await options.defaultModelFor(userId) },
        isDryRun,
      )
      const { report } = reading
      try {
        for await (const text of jsonElements(file, maxBytes)) await reading.take(parse(text))
      } catch (error) {
        if (!(error instanceof JsonTextError)) throw error
        report.is_complete = false
        report.problems.push({ title: '', reason: error.message })
      }
      report.problems.splice(mostProblems)
      return report
    },
  }
}

class Import implements AsyncDisposable {
  readonly report: ImportReport
  readonly #options: Importing
  readonly #files: ImportedFiles

  constructor(options: Importing, isDryRun: boolean) {
    this.#options = options
    this.#files = new ImportedFiles(options.userId, options.attachments)
    const counts = { found: 0, imported: 0, messages: 0, files: 0, duplicates: 0, skipped: 0 }
    this.report = { dry_run: isDryRun, ...counts, problems: [], is_complete: true }
  }

  /** One element of the file. */
  async take(element: unknown): Promise<void> {
    const json = asObject(element)
    if (json['format'] === fileFormat) {
      const reason = this.report.dry_run ? undefined : await this.#files.take(json)
      if (reason !== undefined) this.#note(asText(json['name']), reason)
      this.report.files = this.#files.count
      return
    }
    const conversations = readConversations(element)
    if (conversations.length === 0) this.#note('', 'a part of it is of no known kind')
    for (const conversation of conversations) await this.#takeConversation(conversation)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#files[Symbol.asyncDispose]()
  }

  #note(title: string, reason: string): void {
    const { problems } = this.report
    if (problems.length < mostProblems) problems.push({ title: title.slice(0, 200), reason })
  }

  async #takeConversation(imported: ImportedConversation): Promise<void> {
    const { report } = this
    report.found += 1
    const skip = (reason: string) => {
      report.skipped += 1
      this.#note(imported.title, reason)
    }
    if (imported.sourceId === '') return skip('it has no id')
    await this.#files.lookUp(imported.messages.flatMap(({ own }) => own?.attachments ?? []))
    const draft = draftOf(imported, { ...this.#options, files: this.#files })
    if (draft.messages.length === 0 && imported.own === undefined) return skip('it has no messages with text')
    if (await this.#isHere(imported, draft.id)) {
      report.duplicates += 1
      return
    }
    if (!report.dry_run) await this.#save(draft)
    report.imported += 1
    report.messages += draft.messages.length
  }

  /** By the id that it was given, or, of one's own export, that it has. */
  async #isHere({ source, sourceId }: ImportedConversation, id: string): Promise<boolean> {
    const { store, userId } = this.#options
    if ((await tryConversation(id, store.database)) !== undefined) return true
    if (source !== 'parley') return false
    return (await tryConversation(sourceId, store.database))?.user_id === userId
  }

  async #save(draft: Draft): Promise<void> {
    const { store, feed, userId } = this.#options
    await store.transaction((transaction) => this.#insert(draft, transaction))
    feed.tell(userId, { type: 'conversation', id: draft.id, change: 'created' })
  }

  async #insert({ id, conversation, tags, messages, bots }: Draft, connection: Connection): Promise<void> {
    await insertConversation(conversation, connection)
    await replaceTags(id, tags, connection)
    for (const bot of bots) {
      if ((await tryBot(bot.id, connection)) === undefined) await insertBot(bot, connection)
    }
    const botIds = [...new Set(bots.map((bot) => bot.id))]
    if (botIds.length > 0) await addBots(id, botIds, connection)
    await insertMessages(messages, connection)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new JsonTextError(cause instanceof Error ? cause.message : 'it is not JSON', { cause })
  }
}
