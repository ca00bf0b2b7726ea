import type { ChatMessage, ChatRequest } from '@parley/wires'
import { requestParameters } from '../conversations/parameters.ts'
import type { MessageRow } from './repository.ts'

export interface Context {
  readonly modelId: string
  readonly system: readonly string[]
  readonly parametersJson: string
  /** From the root to the message that is answered. */
  readonly path: readonly MessageRow[]
  /** How a message reads to the one who answers. */
  readonly describe?: (message: MessageRow) => Said
}

export interface Said {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/**
 * What a model is asked. Messages without text (failed before their first word) are left out, and neighbours of the same
 * role become one message, because not every upstream takes two in a row.
 */
export function createRequest({ modelId, system, parametersJson, path, describe = plain }: Context): ChatRequest {
  const messages: ChatMessage[] = []
  for (const row of path) {
    if (row.content === '') continue
    const { role, text } = describe(row)
    const last = messages.at(-1)
    const block = { type: 'text' as const, text }
    if (last?.role === role) last.content.push(block)
    else messages.push({ role, content: [block] })
  }
  return {
    model: modelId,
    stream: true,
    system: system.map((text) => ({ type: 'text', text })),
    messages,
    tools: [],
    ...requestParameters(JSON.parse(parametersJson)),
  }
}

function plain(message: MessageRow): Said {
  return { role: message.sender_type === 'user' ? 'user' : 'assistant', text: message.content }
}
