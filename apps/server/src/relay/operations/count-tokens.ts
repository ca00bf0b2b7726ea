import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type ChatRequest,
  createJsonMeter,
  isObject,
  type JsonObject,
  type Meter,
  noUsage,
  type WireName,
  wires,
} from '@parley/wires'
import type { CountTokens } from '../../ledger/token-counter.ts'
import type { CallParts } from '../call.ts'
import type { WireAsk } from '../exchange.ts'
import { BytePassage } from '../passage.ts'
import { exchanged, type PrepareOptions, wireAskOf, withOwnThinking } from '../prepare.ts'
import type { Source, SourceReceiver } from '../source.ts'
import { translating } from '../translating.ts'
import type { Operation } from './operation.ts'

/** How the two wires that count ask, and answer. */
const counting: {
  readonly [wire in WireName]?: {
    readonly path: (model: string) => string
    /** What would be generated from. */
    readonly subject: (body: JsonObject) => JsonObject
    readonly renamed: (body: JsonObject, model: string) => JsonObject
    readonly write: (tokens: number) => JsonObject
  }
} = {
  anthropic: {
    path: () => '/v1/messages/count_tokens',
    subject: (body) => ({ max_tokens: 1, ...body }),
    renamed: (body, model) => ({ ...body, model }),
    write: (tokens) => ({ input_tokens: tokens }),
  },
  gemini: {
    path: (model) => `/v1beta/models/${encodeURIComponent(model)}:countTokens`,
    subject: (body) => (isObject(body.generateContentRequest) ? body.generateContentRequest : body),
    renamed: (body, model) =>
      isObject(body.generateContentRequest)
        ? { ...body, generateContentRequest: { ...body.generateContentRequest, model: `models/${model}` } }
        : body,
    write: (tokens) => ({ totalTokens: tokens }),
  },
}

/**
 * How many tokens a request would be. The upstream says it where one speaks the wire; else it is counted here, near enough
 * to decide what fits.
 *
 * It stands in the ledger with no tokens and no cost: providers do not bill it, but who asks how often is worth knowing,
 * and limits on the number of requests hold for it.
 */
export function createCountTokens(counter: () => Promise<CountTokens>): Operation {
  return {
    choose(candidates, { wire }) {
      const able = candidates.filter(({ account }) => account.wires.includes(wire))
      return able.length > 0 ? able : candidates
    },

    prepare(options) {
      const ask = wireAskOf(options)
      const { account } = options.slot.candidate
      return account.wires.includes(ask.wire)
        ? passedOn(options, withOwnThinking(ask))
        : countedHere(options, ask, counter)
    },
  }
}

function formOf(wire: WireName) {
  const form = counting[wire]
  if (form === undefined) throw new Error(`the ${wire} wire has no counting`)
  return form
}

function createCountMeter(): Meter {
  return createJsonMeter((body, readings) => {
    if (body.input_tokens === undefined && body.totalTokens === undefined) return
    readings.hasContent = true
    readings.isFinished = true
    readings.usage = noUsage
  })
}

function passedOn(options: PrepareOptions, ask: WireAsk): CallParts<Buffer> {
  const { upstreamModel } = options.slot.candidate
  const { path, renamed } = formOf(ask.wire)
  return exchanged(options, {
    wire: wires[ask.wire],
    path: path(upstreamModel),
    headers: ask.headers,
    body: upstreamModel === ask.model ? ask.body : JSON.stringify(renamed(ask.json, upstreamModel)),
    passage: new BytePassage(createCountMeter()),
    isSameWire: true,
  })
}

function countedHere(options: PrepareOptions, ask: WireAsk, counter: () => Promise<CountTokens>): CallParts<Buffer> {
  const { exchange, limits, allowance } = options
  const { subject, write } = formOf(ask.wire)
  const request = translating(() => wires[ask.wire].readRequest(subject(ask.json), { model: ask.model, stream: false }))
  return {
    reply: exchange.reply,
    source: new AnswerSource(async () => write(await countRequest(request, await counter()))),
    passage: new BytePassage(createCountMeter()),
    wire: undefined,
    isSameWire: true,
    isStream: false,
    limits,
    allowance,
    endOfAllowance: () => [],
  }
}

/** An answer of our own: no status, because no upstream has said anything. */
class AnswerSource implements Source<Buffer> {
  readonly isSent = false
  readonly #answer: () => Promise<JsonObject>
  #isAborted = false

  constructor(answer: () => Promise<JsonObject>) {
    this.#answer = answer
  }

  start(receiver: SourceReceiver<Buffer>): void {
    void this.#answer().then(
      (body) => {
        if (this.#isAborted) return
        receiver.chunk(Buffer.from(JSON.stringify(body)))
        receiver.end()
      },
      (cause: unknown) => {
        if (!this.#isAborted) receiver.error(new Error('tokens could not be counted', { cause }))
      },
    )
  }

  pause(): void {}

  resume(): void {}

  abort(): void {
    this.#isAborted = true
  }
}

/** What the providers' own tokenizers put around each message and each tool. */
const aroundEach = 4
/** A picture or a page of usual size. */
const perMedium = 1500

/** Text by text, with a turn of the event loop between them: a long request must not hold up others' streams. */
async function countRequest(request: ChatRequest, count: CountTokens): Promise<number> {
  let tokens = request.messages.length * aroundEach + request.tools.length * aroundEach
  for (const piece of piecesOf(request)) {
    tokens += piece === undefined ? perMedium : count(piece)
    await nextTurn()
  }
  return tokens
}

/** Texts of a request; undefined stands for a picture or document whose tokens nobody here can count. */
function* piecesOf({ system, messages, tools }: ChatRequest): Generator<string | undefined> {
  for (const { text } of system) yield text
  for (const { name, description = '', parameters, builtin } of tools)
    yield `${name}\n${description}\n${JSON.stringify(parameters ?? builtin?.definition ?? {})}`
  for (const { content } of messages) for (const block of content) yield* piecesOfBlock(block)
}

type Block = ChatRequest['messages'][number]['content'][number]

function* piecesOfBlock(block: Block): Generator<string | undefined> {
  if (block.type === 'tool-result') for (const inner of block.content) yield* piecesOfBlock(inner)
  else if (block.type === 'tool-call') yield `${block.name}\n${block.arguments}`
  else if (block.type === 'image' || block.type === 'audio') yield undefined
  else if (block.type === 'document') yield block.source.kind === 'text' ? block.source.text : undefined
  else yield block.text
}
