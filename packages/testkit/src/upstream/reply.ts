import type { FinishReason, Usage } from '@parley/wires'
import type { Behaviour, FakeToolCall, UsageSaying } from './behaviour.ts'
import { type FakeCall, inputTokensOf } from './call.ts'
import { createBulk, createWords, hashOf } from './words.ts'

/** What the model "says", before any wire has given it a form. Pieces are what one event of a stream carries. */
export interface Reply {
  id: string
  model: string
  blocks: ReplyBlock[]
  finish: FinishReason
  stopSequence: string | undefined
  usage: Usage
  sayUsage: UsageSaying
}

export type ReplyBlock =
  | { type: 'thinking'; pieces: Iterable<string>; signature: string }
  | { type: 'text'; pieces: Iterable<string> }
  | { type: 'refusal'; pieces: Iterable<string> }
  | { type: 'image'; mediaType: string; data: string }
  | { type: 'tool-call'; id: string; name: string; arguments: string; pieces: Iterable<string> }

/** With the wires' envelopes this makes an Anthropic stream of 20 events. */
const defaultWords = 14

/** One grey pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

export function createReply(call: FakeCall, behaviour: Behaviour, seed: number): Reply {
  const salt = hashOf(call.prompt, seed)
  const blocks = createBlocks(behaviour, salt)
  const hasTools = blocks.some((block) => block.type === 'tool-call')
  return {
    id: `fake${salt.toString(36)}n${call.received.number}`,
    model: call.model,
    blocks,
    finish: behaviour.finish ?? defaultFinish(behaviour, hasTools),
    stopSequence: behaviour.stopSequence,
    usage: createUsage(call, behaviour, blocks),
    sayUsage: behaviour.sayUsage ?? 'default',
  }
}

function defaultFinish(behaviour: Behaviour, hasTools: boolean): FinishReason {
  if (behaviour.refusal) return 'refusal'
  if (behaviour.stopSequence !== undefined) return 'stop-sequence'
  return hasTools ? 'tool-calls' : 'stop'
}

function createBlocks(behaviour: Behaviour, salt: number): ReplyBlock[] {
  const blocks: ReplyBlock[] = []
  if (behaviour.thinking) {
    const pieces = typeof behaviour.thinking === 'string' ? piecesOf(behaviour.thinking) : [...createWords(6, salt + 1)]
    blocks.push({ type: 'thinking', pieces, signature: Buffer.from(`signature of ${salt}`).toString('base64') })
  }
  if (behaviour.refusal) {
    const text = typeof behaviour.refusal === 'string' ? behaviour.refusal : '抱歉， I can not help with that. 🙏'
    blocks.push({ type: 'refusal', pieces: piecesOf(text) })
    return blocks
  }
  const text = createText(behaviour, salt)
  if (text !== undefined) blocks.push({ type: 'text', pieces: text })
  if (behaviour.image) blocks.push({ type: 'image', mediaType: 'image/png', data: pixel })
  blocks.push(...createToolCalls(behaviour.tools ?? 0, salt))
  return blocks
}

function createText(behaviour: Behaviour, salt: number): Iterable<string> | undefined {
  if (behaviour.json !== undefined) return piecesOf(JSON.stringify(behaviour.json))
  if (behaviour.text !== undefined) return behaviour.text === '' ? undefined : piecesOf(behaviour.text)
  const { bytes } = behaviour
  if (bytes !== undefined) return { [Symbol.iterator]: () => createBulk(bytes, salt) }
  const words = behaviour.words ?? defaultWords
  return words === 0 ? undefined : [...createWords(words, salt)]
}

/** Words with the space after them; a text without spaces goes in pieces of four characters. */
function piecesOf(text: string): string[] {
  return text.match(/\S{1,16}\s*|\s+/gu) ?? []
}

function createToolCalls(tools: number | readonly FakeToolCall[], salt: number): ReplyBlock[] {
  const calls =
    typeof tools === 'number'
      ? Array.from({ length: tools }, (_, index) => ({
          name: index % 2 === 0 ? 'get_weather' : 'search',
          arguments: { city: index % 2 === 0 ? '北京 🌤' : 'Zürich', number: index, nested: { list: [1, 'two', null] } },
        }))
      : tools
  return calls.map((call, index) => {
    const text = JSON.stringify(call.arguments)
    return {
      type: 'tool-call',
      id: `call${salt.toString(36)}n${index}`,
      name: call.name,
      arguments: text,
      pieces: piecesOf(text),
    }
  })
}

/** Counters that follow from the call and the reply, so that a mix-up of two calls changes the sum; each may be set. */
function createUsage(call: FakeCall, behaviour: Behaviour, blocks: ReplyBlock[]): Usage {
  const count = (types: ReplyBlock['type'][]): number =>
    blocks.reduce(
      (sum, block) => (types.includes(block.type) && 'pieces' in block ? sum + lengthOf(block.pieces) : sum),
      0,
    )
  return {
    input: inputTokensOf(call),
    output: Math.max(
      1,
      behaviour.bytes === undefined ? count(['text', 'refusal', 'tool-call']) : Math.ceil(behaviour.bytes / 4),
    ),
    cacheRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    thinking: count(['thinking']),
    audioInput: 0,
    audioOutput: 0,
    webSearches: 0,
    fileSearches: 0,
    serviceTier: null,
    ...behaviour.usage,
  }
}

function lengthOf(pieces: Iterable<string>): number {
  return Array.isArray(pieces) ? pieces.length : 0
}

/** The whole text of a block, for replies that are not streamed. */
export function joinPieces(pieces: Iterable<string>): string {
  return Array.isArray(pieces) ? pieces.join('') : [...pieces].join('')
}
