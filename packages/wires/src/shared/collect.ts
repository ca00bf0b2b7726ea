import type { Annotation, ChatEvent, FinishReason, RelayError, ThinkingBlock, Usage } from '../neutral.ts'

/** A block of a reply, whole. */
export type ReplyBlock =
  | { type: 'text'; text: string; annotations: Annotation[] }
  | { type: 'refusal'; text: string }
  | ThinkingBlock
  | { type: 'tool-call'; id: string; name: string; arguments: string; signature?: string }
  | { type: 'image'; mediaType: string; data: string }

/** A reply, whole: what its events add up to. */
export interface Reply {
  id: string | undefined
  model: string | undefined
  createdAt: number | undefined
  blocks: ReplyBlock[]
  usage: Usage | undefined
  finish: { reason: FinishReason; stopSequence?: string } | undefined
  error: RelayError | undefined
}

type EventType = ChatEvent['type']
type EventOf<T extends EventType> = Extract<ChatEvent, { type: T }>

interface Collection {
  reply: Reply
  byIndex: Map<number, ReplyBlock>
}

const collectors: { [T in EventType]: (collection: Collection, event: EventOf<T>) => void } = {
  start: ({ reply }, event) => {
    reply.id = event.id
    reply.model = event.model
    reply.createdAt = event.createdAt
  },
  text: (collection, event) => {
    const block = blockOf(collection, event.index, () => ({ type: 'text', text: '', annotations: [] }))
    if (block.type === 'text') block.text += event.text
  },
  annotation: (collection, event) => {
    const block = blockOf(collection, event.index, () => ({ type: 'text', text: '', annotations: [] }))
    if (block.type === 'text') block.annotations.push(event.annotation)
  },
  refusal: (collection, event) => {
    const block = blockOf(collection, event.index, () => ({ type: 'refusal', text: '' }))
    if (block.type === 'refusal') block.text += event.text
  },
  thinking: (collection, event) => {
    const block = blockOf(collection, event.index, () => ({ type: 'thinking', text: '' }))
    const { index: _, ...fields } = event
    if (block.type === 'thinking') Object.assign(block, fields, { text: block.text + event.text })
  },
  'tool-call-start': (collection, event) => {
    const { index, type: _, ...fields } = event
    blockOf(collection, index, () => ({ type: 'tool-call', arguments: '', ...fields }))
  },
  'tool-call-delta': (collection, event) => {
    const block = collection.byIndex.get(event.index)
    if (block?.type === 'tool-call') block.arguments += event.json
  },
  image: (collection, event) => {
    const { mediaType, data } = event
    blockOf(collection, event.index, () => ({ type: 'image', mediaType, data }))
  },
  'block-end': () => undefined,
  usage: ({ reply }, event) => {
    reply.usage = event.usage
  },
  finish: ({ reply }, event) => {
    const { type: _, ...finish } = event
    reply.finish = finish
  },
  error: ({ reply }, event) => {
    reply.error = event.error
  },
}

/** Adds the events of a reply up. Blocks are in the order in which they opened. */
export function collectReply(events: readonly ChatEvent[]): Reply {
  const reply: Reply = {
    id: undefined,
    model: undefined,
    createdAt: undefined,
    blocks: [],
    usage: undefined,
    finish: undefined,
    error: undefined,
  }
  const collection: Collection = { reply, byIndex: new Map() }
  for (const event of events) collect(collection, event)
  return reply
}

function collect<T extends EventType>(collection: Collection, event: EventOf<T>): void {
  const collector: (collection: Collection, event: EventOf<T>) => void = collectors[event.type as T]
  collector(collection, event)
}

function blockOf(collection: Collection, index: number, create: () => ReplyBlock): ReplyBlock {
  const existing = collection.byIndex.get(index)
  if (existing) return existing
  const block = create()
  collection.byIndex.set(index, block)
  collection.reply.blocks.push(block)
  return block
}
