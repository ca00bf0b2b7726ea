import { assertArray, assertObject, isObject, join, tryString } from '../fields.ts'
import { type JsonObject, type JsonValue, WireError } from '../neutral.ts'

/**
 * The stateful side of this wire, for servers that keep what the upstream does not: what a reply and its request leave to
 * be stored, and a request with all that it refers to put in place, so that `readRequest` and every upstream understand it.
 */

/** `input` as items, as they are stored: a string is the user's message. */
export function inputItems(body: JsonObject): JsonObject[] {
  const { input } = body
  if (input === undefined || input === null) return []
  if (typeof input === 'string')
    return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]
  return assertArray(input, 'input').map((item, index) => assertObject(item, join('input', index)))
}

/** The conversation up to and with this reply: what `previous_response_id` of the next request stands for. */
export function conversationItems(expanded: JsonObject, response: JsonObject): JsonObject[] {
  return [...inputItems(expanded), ...(Array.isArray(response.output) ? response.output.filter(isObject) : [])]
}

export interface StoredItems {
  /** The conversation that `previous_response_id` stands for; undefined when it is not known. */
  readonly previous: readonly JsonObject[] | undefined
  find(itemId: string): JsonObject | undefined
}

/** The request with the previous conversation and the items it refers to in `input`. Instructions are not inherited. */
export function expandState(body: JsonObject, stored: StoredItems): JsonObject {
  const { previous_response_id: previousId, ...rest } = body
  const hasPrevious = previousId !== undefined && previousId !== null
  if (hasPrevious && stored.previous === undefined) {
    throw new WireError('previous_response_id', 'responseMissing', { id: nameOf(previousId) })
  }
  const own = inputItems(body).map((item, index) => resolveReference(item, join('input', index), stored))
  return { ...rest, input: [...(hasPrevious ? (stored.previous ?? []) : []), ...own] }
}

/** References may leave their type out. */
function resolveReference(item: JsonObject, path: string, stored: StoredItems): JsonObject {
  const isReference = item.type === 'item_reference' || (Object.keys(item).length === 1 && item.id !== undefined)
  if (!isReference) return item
  const id = tryString(item, 'id', path)
  const found = id === undefined ? undefined : stored.find(id)
  if (found === undefined) throw new WireError(path, 'itemMissing', { id: nameOf(item.id) })
  return found
}

function nameOf(id: JsonValue | undefined): string {
  return typeof id === 'string' ? id : JSON.stringify(id ?? null)
}
