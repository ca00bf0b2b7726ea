import { assertObject } from '../fields.ts'
import { type ChatMessage, type ChatRequest, type UserBlock, WireError } from '../neutral.ts'
import type { Wire } from '../wire.ts'
import { summaryWish } from './compaction.ts'
import { readRequest } from './read-request.ts'
import { writeResponse } from './response.ts'
import { inputItems } from './state.ts'
import { writeInput } from './write-items.ts'
import { writeStream } from './write-stream.ts'

/**
 * `POST /v1/responses/compact` (Responses API reference, 2026-11) for upstreams that know no such thing: what the user said,
 * and one item for all the rest. It is never streamed.
 */
export const compactions: Pick<Wire, 'readRequest' | 'writeStream' | 'writeResponse'> = {
  readRequest(body, route) {
    const object = assertObject(body, 'body')
    return readRequest({ ...object, input: [...inputItems(object), { type: 'compaction_trigger' }] }, route)
  },

  writeStream,

  writeResponse(events, context) {
    const { id, created_at: createdAt, output, usage, status } = writeResponse(events, context)
    if (status === 'failed' || !Array.isArray(output)) throw new WireError('output', 'noSummary')
    const kept = context.request === undefined ? [] : writeInput(withUsersWords(context.request), [])
    return {
      id: id ?? context.id,
      object: 'response.compaction',
      created_at: createdAt ?? context.createdAt,
      output: [...kept, ...output],
      usage: usage ?? null,
    }
  },
}

function withUsersWords(request: ChatRequest): ChatRequest {
  const messages = request.messages.flatMap((message): ChatMessage[] => {
    const content = message.role === 'user' ? message.content.filter(isUsersOwn) : []
    return message.role === 'user' && content.length > 0 ? [{ ...message, content }] : []
  })
  return { ...request, messages }
}

function isUsersOwn(block: UserBlock): boolean {
  return block.type !== 'tool-result' && !(block.type === 'text' && block.text === summaryWish.text)
}
