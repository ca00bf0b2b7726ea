import type { JsonObject } from '../neutral.ts'
import type { ReplyBlock } from '../shared/collect.ts'
import { tryParseObject } from '../shared/json.ts'
import type { OpaqueThinking } from '../shared/opaque.ts'
import { tryWriteSignature } from './signature.ts'

/** Parts of replies, the same whether streamed or whole. */

export function writeThoughts(thinking: OpaqueThinking & { text: string }): JsonObject[] {
  const { text } = thinking
  const thoughtSignature = tryWriteSignature(thinking)
  if (thoughtSignature === undefined) return text === '' ? [] : [{ text, thought: true }]
  return [{ text, thought: true, thoughtSignature }]
}

type Call = Omit<Extract<ReplyBlock, { type: 'tool-call' }>, 'type'>

/** Undefined for arguments that are no object, which cannot be said: the model has failed to make the call. */
export function tryWriteCall({ id, name, arguments: json, signature }: Call): JsonObject | undefined {
  const args = json.trim() === '' ? {} : tryParseObject(json)
  if (args === undefined) return undefined
  const functionCall = { id, name, args }
  return signature === undefined ? { functionCall } : { functionCall, thoughtSignature: signature }
}

export function writeImagePart({ mediaType, data }: { mediaType: string; data: string }): JsonObject {
  return { inlineData: { mimeType: mediaType, data } }
}

/** Nothing, in a form that clients take for content: without parts they drop the whole reply from their history. */
export const emptyPart: JsonObject = { text: '' }
