import type { AssistantBlock, FinishReason, Usage } from '@parley/wires'
import type { ContentEvent, LoggedEvent, UsageSettled } from './run-event.ts'

/** What a message holds after some of its events: the same whether they are folded as they come or read back from the log. */
export interface FoldedMessage {
  readonly content: string
  /** All blocks in order when there is more than text; null when the text says it all. */
  readonly blocks: readonly AssistantBlock[] | null
  readonly usage: Usage | undefined
  readonly finishReason: FinishReason | undefined
}

export class MessageFold {
  readonly #blocks = new Map<number, AssistantBlock>()
  #usage: Usage | undefined
  #finishReason: FinishReason | undefined

  add(event: ContentEvent | UsageSettled): void {
    if (event.type === 'usage') this.#usage = event.usage
    else if (event.type === 'finish') this.#finishReason = event.reason
    else if (event.type !== 'block-end') {
      const block = nextBlock(this.#blocks.get(event.index), event)
      if (block !== undefined) this.#blocks.set(event.index, block)
    }
  }

  get hasContent(): boolean {
    return this.#blocks.size > 0
  }

  result(): FoldedMessage {
    const blocks = [...this.#blocks.entries()].sort(([left], [right]) => left - right).map(([, block]) => block)
    return {
      content: blocks.map((block) => (block.type === 'text' || block.type === 'refusal' ? block.text : '')).join(''),
      blocks: blocks.every((block) => block.type === 'text') ? null : blocks,
      usage: this.#usage,
      finishReason: this.#finishReason,
    }
  }
}

/** The other way round: events of which these blocks are folded. */
export function eventsOf(blocks: readonly AssistantBlock[]): ContentEvent[] {
  return blocks.flatMap((block, index) => [...eventsOfBlock(block, index), { type: 'block-end', index }])
}

function eventsOfBlock(block: AssistantBlock, index: number): ContentEvent[] {
  switch (block.type) {
    case 'text': {
      const { text, annotations = [] } = block
      return [
        { type: 'text', index, text },
        ...annotations.map((annotation) => ({ type: 'annotation' as const, index, annotation })),
      ]
    }
    case 'refusal':
      return [{ type: 'refusal', index, text: block.text }]
    case 'thinking':
      return [{ ...block, index }]
    case 'tool-call': {
      const { arguments: json, ...call } = block
      return [
        { ...call, type: 'tool-call-start', index },
        { type: 'tool-call-delta', index, json },
      ]
    }
    case 'image': {
      const { source } = block
      return source.kind === 'base64' ? [{ type: 'image', index, mediaType: source.mediaType, data: source.data }] : []
    }
  }
}

/** Folds a log's events, each message by itself. */
export function foldLog(events: Iterable<LoggedEvent>): Map<string, FoldedMessage> {
  const folds = new Map<string, MessageFold>()
  let current: MessageFold | undefined
  for (const { event } of events) {
    if (event.type === 'message-start') {
      current = new MessageFold()
      folds.set(event.messageId, current)
    } else if (isContent(event)) current?.add(event)
  }
  return new Map([...folds].map(([messageId, fold]) => [messageId, fold.result()]))
}

export function isContent(event: LoggedEvent['event']): event is ContentEvent | UsageSettled {
  switch (event.type) {
    case 'run':
    case 'user-message':
    case 'message-start':
    case 'context':
    case 'message-end':
    case 'end':
      return false
    default:
      return true
  }
}

type BlockEvent = Exclude<ContentEvent, { type: 'usage' | 'finish' | 'block-end' }>

/** The block after this event; undefined when the event says nothing about a block that is there. */
function nextBlock(block: AssistantBlock | undefined, event: BlockEvent): AssistantBlock | undefined {
  switch (event.type) {
    case 'text':
      return { ...(block?.type === 'text' ? block : { type: 'text' }), text: textOf(block) + event.text }
    case 'refusal':
      return { type: 'refusal', text: textOf(block) + event.text }
    case 'thinking': {
      const { index: _, ...rest } = event
      return { ...(block?.type === 'thinking' ? block : {}), ...rest, text: textOf(block) + event.text }
    }
    case 'tool-call-start': {
      const { id, name, signature } = event
      return { type: 'tool-call', id, name, arguments: '', ...(signature === undefined ? {} : { signature }) }
    }
    case 'tool-call-delta':
      return block?.type === 'tool-call' ? { ...block, arguments: block.arguments + event.json } : undefined
    case 'image':
      return { type: 'image', source: { kind: 'base64', mediaType: event.mediaType, data: event.data } }
    case 'annotation':
      return block?.type === 'text'
        ? { ...block, annotations: [...(block.annotations ?? []), event.annotation] }
        : { type: 'text', text: '', annotations: [event.annotation] }
  }
}

function textOf(block: AssistantBlock | undefined): string {
  return block !== undefined && 'text' in block ? block.text : ''
}
