/**
 * A reply while it is being written. What has arrived is shown a little at a time, the faster the more is waiting, so that
 * text flows however it came; nothing arrives later than a fifth of a second.
 */
import type { MessageStatus } from '../../api/types.ts'
import type { Part } from './parts.ts'

export interface LiveReplyView {
  readonly parts: readonly Part[]
  readonly status: MessageStatus
  readonly error: { readonly message: string; readonly code: string | undefined } | undefined
}

interface GrowingTool {
  type: 'tool'
  index: number
  id: string
  name: string
  input: string
}
type Growing =
  | { type: 'text' | 'thinking'; text: string }
  | GrowingTool
  | { type: 'image'; mediaType: string; data: string }

const framesBehind = 10
const framesBehindAtEnd = 4

export class LiveReply {
  readonly #parts: Growing[] = []
  /** How much of the last part is shown. */
  #shown = 0
  #status: MessageStatus = 'running'
  #error: LiveReplyView['error']

  addText(type: 'text' | 'thinking', text: string): void {
    const last = this.#parts.at(-1)
    if (last?.type === type) last.text += text
    else this.#begin({ type, text })
  }

  addTool({ index, id, name, input }: { index: number; id?: string; name?: string; input: string }): void {
    const known = this.#parts.find((part) => part.type === 'tool' && part.index === index)
    if (known?.type === 'tool') known.input += input
    else this.#begin({ type: 'tool', index, id: id ?? '', name: name ?? '', input })
  }

  addImage(mediaType: string, data: string): void {
    this.#begin({ type: 'image', mediaType, data })
  }

  end(status: MessageStatus, error?: LiveReplyView['error']): void {
    this.#status = status
    this.#error = error
  }

  get hasEnded(): boolean {
    return this.#status !== 'running'
  }

  get isAllShown(): boolean {
    return this.#waiting() === 0
  }

  /** Shows some more: one frame has passed. */
  advance(isSmooth: boolean): void {
    const waiting = this.#waiting()
    const frames = this.hasEnded ? framesBehindAtEnd : framesBehind
    this.#shown += isSmooth ? Math.ceil(waiting / frames) : waiting
    const last = this.#parts.at(-1)
    if (last !== undefined && 'text' in last) this.#shown = endOfCharacter(last.text, this.#shown)
  }

  view(): LiveReplyView {
    const parts = this.#parts.map((part, index): Part => {
      if (!('text' in part)) return { ...part }
      const isLast = index === this.#parts.length - 1
      return { type: part.type, text: isLast ? part.text.slice(0, this.#shown) : part.text }
    })
    const isShown = this.isAllShown
    return { parts, status: isShown ? this.#status : 'running', error: isShown ? this.#error : undefined }
  }

  #begin(part: Growing): void {
    this.#parts.push(part)
    this.#shown = 0
  }

  #waiting(): number {
    const last = this.#parts.at(-1)
    return last !== undefined && 'text' in last ? Math.max(0, last.text.length - this.#shown) : 0
  }
}

const characters = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
/** No character is longer: a family of emoji has about 25 places. */
const longestCharacter = 32

/** Never half of what is read as one character: a letter with its accent, an emoji of several. */
function endOfCharacter(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return at
  const from = Math.max(0, at - longestCharacter)
  const around = characters.segment(text.slice(from, at + longestCharacter)).containing(at - from)
  if (around === undefined || from + around.index === at) return at
  return from + around.index + around.segment.length
}
