import type { JsonObject, Usage } from '../neutral.ts'
import type { InputDecoder } from '../shared/custom-tool.ts'
import { replyId } from '../shared/ids.ts'
import { encodeSseJson } from '../sse.ts'
import type { WriteContext } from '../wire.ts'
import { asksForSummary } from './compaction.ts'
import { createToolTable, type ToolIdentity, type ToolTable } from './tool-table.ts'

/**
 * A reply in the making: the items of `output` and what must still be said of them.
 *
 * Guarantees: sequence numbers count from 0 without gaps; items and parts open in the order of their indexes and each is
 * closed exactly once; what the last event shows as `output` is what the events before it added up to.
 */
export interface ReplyDraft {
  readonly context: WriteContext
  readonly tools: ToolTable
  /** Made of the reply's id, so that item ids are unique over all replies. */
  readonly itemSuffix: string
  readonly output: JsonObject[]
  readonly blocks: Map<number, OpenBlock>
  id: string
  /** The message that takes the next text, as long as only text follows. */
  message: OpenMessage | undefined
  usage: Usage | undefined
  /** What will stand for the conversation, when that is what was asked for. */
  summary: string | undefined
  hasBegun: boolean
  hasRefused: boolean
  isOver: boolean
  /** How it ended: what the last `response` object says besides `output`. */
  outcome: JsonObject & { status: string }
  sequenceNumber: number
}

export type OpenBlock = OpenPart | OpenReasoning | OpenCall

export interface OpenItem {
  readonly id: string
  readonly outputIndex: number
  readonly item: JsonObject
}

export interface OpenMessage extends OpenItem {
  readonly content: JsonObject[]
  openParts: number
}

export interface OpenPart {
  readonly kind: 'text' | 'refusal'
  readonly message: OpenMessage
  readonly contentIndex: number
  readonly annotations: JsonObject[]
  text: string
}

export interface OpenReasoning extends OpenItem {
  readonly kind: 'reasoning'
  text: string
  hasSummary: boolean
  encryptedContent: string | undefined
}

export interface OpenCall extends OpenItem {
  readonly kind: 'call'
  readonly identity: ToolIdentity
  json: string
  /** Of a custom tool. */
  readonly input: InputDecoder
}

export function createDraft(context: WriteContext): ReplyDraft {
  const id = replyId('resp_', undefined, context.id)
  return {
    context,
    tools: createToolTable(context.request),
    itemSuffix: id.slice('resp_'.length),
    output: [],
    blocks: new Map(),
    id,
    message: undefined,
    usage: undefined,
    summary: asksForSummary(context.request?.messages ?? []) ? '' : undefined,
    hasBegun: false,
    hasRefused: false,
    isOver: false,
    outcome: { status: 'in_progress' },
    sequenceNumber: 0,
  }
}

/** /!\ Hot path: `fields` is the JSON of further fields, comma first. */
export function sayRaw(draft: ReplyDraft, type: string, fields: string): string {
  const sequenceNumber = draft.sequenceNumber++
  return encodeSseJson(type, `{"type":"${type}","sequence_number":${sequenceNumber}${fields}}`)
}

export function say(draft: ReplyDraft, type: string, fields: JsonObject): string {
  return sayRaw(draft, type, `,${JSON.stringify(fields).slice(1, -1)}`)
}

/** Where an event belongs: the fields that all events of an item or part share. */
export function placeOf({ id, outputIndex }: OpenItem, part?: { [key: string]: number }): JsonObject {
  return { item_id: id, output_index: outputIndex, ...part }
}

export function openItem(draft: ReplyDraft, prefix: string, fields: JsonObject): [OpenItem, string] {
  const outputIndex = draft.output.length
  const id = typeof fields.id === 'string' ? fields.id : `${prefix}${draft.itemSuffix}_${outputIndex}`
  const item: JsonObject = { ...fields, id }
  draft.output.push(item)
  return [{ id, outputIndex, item }, say(draft, 'response.output_item.added', { output_index: outputIndex, item })]
}

export function closeItem(draft: ReplyDraft, { outputIndex, item }: OpenItem): string {
  return say(draft, 'response.output_item.done', { output_index: outputIndex, item })
}
