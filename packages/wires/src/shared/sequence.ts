import type { ChatEvent } from '../neutral.ts'

type BlockEvent = Extract<ChatEvent, { index: number }>

/**
 * Puts blocks one after another, for wires where only one may be open at a time.
 *
 * Guarantees: the events of a block stay in order and contiguous, indexes count from 0 without gaps, every block is ended
 * before the next begins and before `finish` or `error`. A block that opens while another is open waits for its end.
 */
export function createBlockSequencer(): (event: ChatEvent) => ChatEvent[] {
  const sequencer = new BlockSequencer()
  return (event) => sequencer.take(event)
}

class BlockSequencer {
  #active: number | undefined
  #nextIndex = 0
  readonly #ended = new Set<number>()
  readonly #waiting = new Map<number, BlockEvent[]>()

  take(event: ChatEvent): ChatEvent[] {
    if ('index' in event) return this.#takeBlock(event)
    if (event.type === 'finish' || event.type === 'error') return [...this.#endAll(), event]
    return [event]
  }

  #takeBlock(event: BlockEvent): ChatEvent[] {
    if (this.#ended.has(event.index)) return []
    if (this.#active === undefined) {
      if (event.type === 'block-end') return []
      this.#active = event.index
    }
    if (event.index !== this.#active) {
      const waiting = this.#waiting.get(event.index)
      if (waiting) waiting.push(event)
      else this.#waiting.set(event.index, [event])
      return []
    }
    const renumbered: ChatEvent = { ...event, index: this.#nextIndex }
    if (event.type !== 'block-end') return [renumbered]
    this.#close(event.index)
    return [renumbered, ...this.#release()]
  }

  #close(index: number): void {
    this.#ended.add(index)
    this.#active = undefined
    this.#nextIndex += 1
  }

  /** Lets the block through that has waited longest. */
  #release(): ChatEvent[] {
    const next = this.#waiting.entries().next()
    if (next.done) return []
    const [index, events] = next.value
    this.#waiting.delete(index)
    return events.flatMap((event) => this.#takeBlock(event))
  }

  #endAll(): ChatEvent[] {
    const events: ChatEvent[] = []
    while (this.#active !== undefined) events.push(...this.#takeBlock({ type: 'block-end', index: this.#active }))
    return events
  }
}
