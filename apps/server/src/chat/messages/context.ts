import type { AssistantBlock, ChatMessage, ChatRequest, UserBlock } from '@parley/wires'
import { type MessageAttachment, readAttachments } from '../attachments/attachment.ts'
import { type Reader, showFiles, tokensOfFiles } from '../attachments/blocks.ts'
import type { Connection } from '../../store/store.ts'
import { requestParameters } from '../conversations/parameters.ts'
import type { ContextCounted } from '../runs/run-event.ts'
import type { Question } from '../runs/runner.ts'
import { endOfBranch, type MessageRow } from './repository.ts'
import type { CountTokens } from '../../ledger/token-counter.ts'

export interface Context {
  readonly modelId: string
  readonly system: readonly string[]
  readonly parametersJson: string
  /** What was said, up to the message that is answered, and how many messages before that were not even loaded. */
  readonly branch: { readonly rows: readonly MessageRow[]; readonly omitted: number }
  /** How a message reads to the one who answers. */
  readonly describe?: (message: MessageRow) => Words
  /** What the model can read, in tokens; null: not known, and nothing is left out. */
  readonly contextLimit: number | null
  readonly countTokens: CountTokens
  /** Who reads the files that came with messages. */
  readonly reader: Reader
}

export interface Words {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

interface Said extends Words {
  readonly files: readonly MessageAttachment[]
}

/** As much of the conversation as the model can read. */
interface Fitting {
  readonly said: readonly Said[]
  readonly event: Omit<ContextCounted, 'unreadAttachments'>
}

/** No text has more characters than this for each of its tokens, on the whole: what is beyond it cannot fit. */
const charactersPerToken = 8

/** As much of a branch as the model could read at most. */
export async function loadContext(
  branch: { conversationId: string; leafId: string; contextLimit: number | null },
  connection: Connection,
): Promise<Context['branch']> {
  const characters = branch.contextLimit === null ? Number.POSITIVE_INFINITY : branch.contextLimit * charactersPerToken
  return await endOfBranch({ ...branch, characters }, connection)
}

/** Of a model's window, what is kept for its reply when the conversation does not say how long that may be. */
const replyShare = 0.25
/** What a message costs beyond its text. */
const tokensPerMessage = 4

/**
 * What a model is asked. Neighbours of the same role become one message, because not every upstream takes two in a row;
 * files stand before the words that are about them.
 */
export async function createQuestion(context: Context): Promise<Question> {
  const { said, event } = fitContext(context)
  const { blocks, unread } = await showFiles(
    said.flatMap(({ files }) => files),
    context.reader,
  )
  const request: ChatRequest = {
    model: context.modelId,
    stream: true,
    system: context.system.map((text) => ({ type: 'text', text })),
    messages: joinNeighbours(said, blocks),
    tools: [],
    ...requestParameters(JSON.parse(context.parametersJson)),
  }
  return { request, context: unread.length === 0 ? event : { ...event, unreadAttachments: unread } }
}

/**
 * Messages without text (failed before their first word) and files are left out; when the rest is more than the model can
 * read, the oldest are left out, never the last one.
 */
export function fitContext(context: Context): Fitting {
  const { system, contextLimit, countTokens, describe = plain, branch, reader } = context
  const all = branch.rows
    .map((row): Said => ({ ...describe(row), files: readAttachments(row) }))
    .filter(({ text, files }) => text !== '' || files.length > 0)
  const parameters = requestParameters(JSON.parse(context.parametersJson))
  const systemTokens = system.reduce((sum, text) => sum + countTokens(text), 0)
  const reserved = parameters.maxTokens ?? Math.floor((contextLimit ?? 0) * replyShare)
  const room = contextLimit === null ? Number.POSITIVE_INFINITY : contextLimit - reserved - systemTokens
  const cost = ({ text, files }: Said) => countTokens(text) + tokensOfFiles(files, reader.inputs) + tokensPerMessage
  const { said, tokens } = newestThatFit(all, room, cost)
  return {
    said,
    event: {
      type: 'context',
      promptTokens: systemTokens + tokens,
      contextLimit,
      omittedMessages: branch.omitted + all.length - said.length,
    },
  }
}

function newestThatFit(
  said: readonly Said[],
  room: number,
  costOf: (said: Said) => number,
): { said: readonly Said[]; tokens: number } {
  let tokens = 0
  let first = said.length
  for (let next = said.at(first - 1); first > 0 && next !== undefined; next = said[first - 1]) {
    const cost = costOf(next)
    if (tokens + cost > room && first < said.length) break
    tokens += cost
    first -= 1
  }
  // A conversation that begins with a reply would be refused by some upstreams.
  while (first > 0 && first < said.length - 1 && said[first]?.role === 'assistant') first += 1
  return { said: said.slice(first), tokens }
}

function joinNeighbours(said: readonly Said[], blocks: ReadonlyMap<string, UserBlock>): ChatMessage[] {
  const messages: ChatMessage[] = []
  for (const { role, text, files } of said) {
    const shown = files.flatMap(({ id }) => blocks.get(id) ?? [])
    const words = text === '' ? [] : [{ type: 'text' as const, text }]
    const last = messages.at(-1)
    if (role === 'user') {
      if (last?.role === role) last.content.push(...shown, ...words)
      else messages.push({ role, content: [...shown, ...words] })
    } else if (last?.role === role) last.content.push(...(words satisfies AssistantBlock[]))
    else messages.push({ role, content: words })
  }
  return messages
}

function plain(message: MessageRow): Words {
  return { role: message.sender_type === 'user' ? 'user' : 'assistant', text: message.content }
}
