import { isObject } from '../fields.ts'
import { type ChatEvent, type JsonObject, WireError } from '../neutral.ts'
import { truncatedReply } from '../shared/errors.ts'
import { tryDataUrl } from '../shared/media.ts'
import type { SseEvent } from '../sse.ts'
import type { StreamReader } from '../wire.ts'
import { tryReadAnnotation } from './annotations.ts'
import { readErrorObject } from './errors.ts'
import { failureReasons, readFinishReason } from './finish.ts'
import { detailsOf, isOfSameDetail, isProof, readOwnDetail, readReasoningText, textOfDetail } from './reasoning.ts'
import { ToolCallReader } from './read-tool-calls.ts'
import { readUsage } from './usage.ts'

type ProseKind = 'text' | 'thinking' | 'refusal'

interface Prose {
  kind: ProseKind
  index: number
  /** Of thinking: the detail that it is, as far as it has come. */
  detail?: JsonObject
}

/**
 * Chat completion chunks → neutral events (Chat Completions streaming reference, 2026-11).
 *
 * `finish` is held until the bytes say that nothing follows (`[DONE]`, or their end), because the usage comes after the
 * reason to finish. A stream that ends without a reason was cut, and ends with an error.
 */
export function readStream(): StreamReader {
  return new ChunkReader()
}

/** Reads a whole completion as one chunk, whose delta is the message. */
export function readCompletion(body: JsonObject): ChatEvent[] {
  const reader = new ChunkReader()
  const choices = Array.isArray(body.choices) ? body.choices.filter(isObject) : []
  const chunk = { ...body, choices: choices.map((choice) => ({ ...choice, delta: choice.message ?? {} })) }
  return [...reader.readChunk(chunk), ...reader.end()]
}

class ChunkReader implements StreamReader {
  #hasStarted = false
  #isOver = false
  #nextIndex = 0
  #prose: Prose | undefined
  #lastText: number | undefined
  #finishReason: string | undefined
  #hasBareReasoning = false
  #hasRefusal = false
  #tools = new ToolCallReader(() => this.#nextIndex++)

  read(event: SseEvent): ChatEvent[] {
    if (this.#isOver || event.data === '') return []
    if (event.data === '[DONE]') return this.end()
    return this.readChunk(parseChunk(event.data))
  }

  readChunk(chunk: JsonObject): ChatEvent[] {
    if (isObject(chunk.error) || typeof chunk.error === 'string') return this.#fail(chunk)
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isObject) : []
    const choice = choices.find(({ index }) => (index ?? 0) === 0)
    const events: ChatEvent[] = []
    if (!this.#hasStarted && choice !== undefined) events.push(this.#readStart(chunk))
    if (isObject(choice?.delta)) this.#readDelta(choice.delta, events)
    if (typeof choice?.finish_reason === 'string' && choice.finish_reason !== '') {
      this.#finishReason = choice.finish_reason
      this.#endBlocks(events)
    }
    this.#readUsage(chunk, events)
    return events
  }

  end(): ChatEvent[] {
    if (this.#isOver) return []
    this.#isOver = true
    const events: ChatEvent[] = []
    this.#endBlocks(events)
    const reason = this.#finishReason
    if (reason === undefined || failureReasons.has(reason)) events.push({ type: 'error', error: truncatedReply() })
    else {
      const said = { toolCalls: this.#tools.hasAny, refusal: this.#hasRefusal }
      events.push({ type: 'finish', reason: readFinishReason(reason, said) })
    }
    return events
  }

  #fail(chunk: JsonObject): ChatEvent[] {
    this.#isOver = true
    return [{ type: 'error', error: readErrorObject(chunk, { message: 'The upstream reported an error' }) }]
  }

  #readStart(chunk: JsonObject): ChatEvent {
    this.#hasStarted = true
    const id = typeof chunk.id === 'string' ? chunk.id : ''
    this.#tools.replyId = id
    const start: ChatEvent = { type: 'start', id, model: typeof chunk.model === 'string' ? chunk.model : '' }
    return typeof chunk.created === 'number' ? { ...start, createdAt: chunk.created } : start
  }

  #readUsage(chunk: JsonObject, events: ChatEvent[]): void {
    if (isObject(chunk.usage)) events.push({ type: 'usage', usage: readUsage(chunk.usage, chunk.service_tier) })
  }

  #readDelta(delta: JsonObject, events: ChatEvent[]): void {
    this.#readThinking(delta, events)
    if (typeof delta.content === 'string' && delta.content !== '') {
      events.push({ type: 'text', index: this.#openProse('text', events).index, text: delta.content })
    } else if (Array.isArray(delta.content)) this.#readParts(delta.content.filter(isObject), events)
    if (typeof delta.refusal === 'string' && delta.refusal !== '') {
      this.#hasRefusal = true
      events.push({ type: 'refusal', index: this.#openProse('refusal', events).index, text: delta.refusal })
    }
    this.#readAnnotations(delta, events)
    this.#readImages(delta, events)
    if (this.#tools.appliesTo(delta)) {
      this.#endProse(events)
      this.#tools.read(delta, events)
    }
  }

  /** Mistral's content in parts: thinking holds text parts of its own. */
  #readParts(parts: JsonObject[], events: ChatEvent[]): void {
    for (const part of parts) {
      if (part.type === 'text' && typeof part.text === 'string' && part.text !== '') {
        events.push({ type: 'text', index: this.#openProse('text', events).index, text: part.text })
      } else if (part.type === 'thinking') this.#readThinkingPart(part, events)
    }
  }

  #readThinkingPart({ thinking, signature }: JsonObject, events: ChatEvent[]): void {
    const texts = Array.isArray(thinking) ? thinking.filter(isObject).map(({ text }) => text) : []
    const text = texts.filter((inner) => typeof inner === 'string').join('')
    const isSigned = typeof signature === 'string' && signature !== ''
    if (text === '' && !isSigned) return
    const { index } = this.#openProse('thinking', events)
    events.push({ type: 'thinking', index, text, ...(isSigned ? { signature, wire: 'openai-chat' } : {}) })
    if (isSigned) this.#endProse(events)
  }

  #readThinking(delta: JsonObject, events: ChatEvent[]): void {
    const details = detailsOf(delta)
    const text = details.some((detail) => textOfDetail(detail) !== '') ? '' : readReasoningText(delta)
    if (text !== '') {
      this.#hasBareReasoning = true
      events.push({ type: 'thinking', index: this.#openProse('thinking', events).index, text })
    }
    for (const detail of details) this.#readDetail(detail, events)
  }

  /** Each is a block. What comes after a text without details repeats it; a proof ends the block. */
  #readDetail(detail: JsonObject, events: ChatEvent[]): void {
    const known = this.#prose?.detail
    if (known !== undefined && !isOfSameDetail(known, detail)) this.#endProse(events)
    const prose = this.#openProse('thinking', events)
    const text = this.#hasBareReasoning ? '' : textOfDetail(detail)
    if (text !== '') events.push({ type: 'thinking', index: prose.index, text })
    prose.detail = { ...prose.detail, ...detail }
    if (isProof(detail)) this.#endProse(events)
  }

  #readAnnotations(delta: JsonObject, events: ChatEvent[]): void {
    if (!Array.isArray(delta.annotations)) return
    for (const annotation of delta.annotations.map(tryReadAnnotation)) {
      if (annotation === undefined) continue
      const isOpen = this.#prose?.kind === 'text'
      if (!isOpen && this.#lastText !== undefined) continue
      events.push({ type: 'annotation', index: this.#openProse('text', events).index, annotation })
    }
  }

  /** Pictures as OpenRouter sends them: data URLs. */
  #readImages(delta: JsonObject, events: ChatEvent[]): void {
    if (!Array.isArray(delta.images)) return
    for (const image of delta.images) {
      const url = isObject(image) && isObject(image.image_url) ? image.image_url.url : undefined
      const source = typeof url === 'string' ? tryDataUrl(url) : undefined
      if (source === undefined) continue
      this.#endProse(events)
      const index = this.#nextIndex++
      const { mediaType, data } = source
      events.push({ type: 'image', index, mediaType, data }, { type: 'block-end', index })
    }
  }

  #openProse(kind: ProseKind, events: ChatEvent[]): Prose {
    if (this.#prose?.kind === kind) return this.#prose
    this.#endProse(events)
    this.#tools.endComplete(events)
    const prose: Prose = { kind, index: this.#nextIndex++ }
    this.#prose = prose
    if (kind === 'text') this.#lastText = prose.index
    return prose
  }

  #endProse(events: ChatEvent[]): void {
    const prose = this.#prose
    this.#prose = undefined
    if (prose === undefined) return
    const { index, detail } = prose
    if (detail !== undefined) events.push({ type: 'thinking', index, text: '', ...readOwnDetail(detail) })
    events.push({ type: 'block-end', index })
  }

  #endBlocks(events: ChatEvent[]): void {
    this.#endProse(events)
    this.#tools.endAll(events)
  }
}

function parseChunk(data: string): JsonObject {
  try {
    const chunk: unknown = JSON.parse(data)
    if (isObject(chunk)) return chunk
  } catch (error) {
    throw new WireError('data', 'eventNotJson', {}, { cause: error })
  }
  throw new WireError('data', 'eventNotObject')
}
