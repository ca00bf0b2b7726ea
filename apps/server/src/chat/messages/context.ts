import type { ChatMessage, ChatRequest } from '@parley/wires'
import type { Connection } from '../../store/store.ts'
import { requestParameters } from '../conversations/parameters.ts'
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
  readonly describe?: (message: MessageRow) => Said
  /** What the model can read, in tokens; null: not known, and nothing is left out. */
  readonly contextLimit: number | null
  readonly countTokens: CountTokens
}

export interface Said {
  readonly role: 'user' | 'assistant'
  readonly text: string
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
 * What a model is asked. Messages without text (failed before their first word) are left out; when the rest is more than
 * the model can read, the oldest are left out, never the last one. Neighbours of the same role become one message,
 * because not every upstream takes two in a row.
 */
export function createQuestion(context: Context): Question {
  const { modelId, system, contextLimit, countTokens, describe = plain } = context
  const said = context.branch.rows.filter((row) => row.content !== '').map(describe)
  const parameters = requestParameters(JSON.parse(context.parametersJson))
  const systemTokens = system.reduce((sum, text) => sum + countTokens(text), 0)
  const reserved = parameters.maxTokens ?? Math.floor((contextLimit ?? 0) * replyShare)
  const room = contextLimit === null ? Number.POSITIVE_INFINITY : contextLimit - reserved - systemTokens
  const fitting = newestThatFit(said, room, countTokens)
  const request: ChatRequest = {
    model: modelId,
    stream: true,
    system: system.map((text) => ({ type: 'text', text })),
    messages: joinNeighbours(fitting.said),
    tools: [],
    ...parameters,
  }
  const promptTokens = systemTokens + fitting.tokens
  return {
    request,
    context: {
      type: 'context',
      promptTokens,
      contextLimit,
      omittedMessages: context.branch.omitted + said.length - fitting.said.length,
    },
  }
}

function newestThatFit(
  said: readonly Said[],
  room: number,
  countTokens: CountTokens,
): { said: readonly Said[]; tokens: number } {
  let tokens = 0
  let first = said.length
  while (first > 0) {
    const cost = countTokens(said[first - 1]?.text ?? '') + tokensPerMessage
    if (tokens + cost > room && first < said.length) break
    tokens += cost
    first -= 1
  }
  // A conversation that begins with a reply would be refused by some upstreams.
  while (first > 0 && first < said.length - 1 && said[first]?.role === 'assistant') first += 1
  return { said: said.slice(first), tokens }
}

function joinNeighbours(said: readonly Said[]): ChatMessage[] {
  const messages: ChatMessage[] = []
  for (const { role, text } of said) {
    const last = messages.at(-1)
    const block = { type: 'text' as const, text }
    if (last?.role === role) last.content.push(block)
    else messages.push({ role, content: [block] })
  }
  return messages
}

function plain(message: MessageRow): Said {
  return { role: message.sender_type === 'user' ? 'user' : 'assistant', text: message.content }
}
