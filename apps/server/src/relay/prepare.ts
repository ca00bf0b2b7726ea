import { ParleyError } from '@parley/contract'
import {
  type ChatEvent,
  type ChatRequest,
  chooseWire,
  defaultMaxTokens,
  parseExactly,
  type Meter,
  tryWithoutWrapped,
  type Usage,
  type Wire,
  type WriteContext,
  wires,
} from '@parley/wires'
import type { OutputLimits } from '../catalog/catalog.ts'
import { tryOutputLimit } from '../catalog/output-limits.ts'
import type { Allowance } from '../ledger/ticket.ts'
import type { Slot } from '../upstreams/account.ts'
import type { CallLimits, CallParts } from './call.ts'
import type { Exchange, WireAsk } from './exchange.ts'
import { sentHeaders } from './headers.ts'
import { setTopLevelField } from './json-patch.ts'
import { inlineMedia, placesToFetch } from './media/inline-media.ts'
import type { MediaFetcher } from './media/media-fetcher.ts'
import {
  BytePassage,
  createBodyDecoder,
  createBodyEncoder,
  createStreamDecoder,
  createStreamEncoder,
  type Encoder,
  EventPassage,
  neutralDecoder,
  neutralEncoder,
  type Passage,
} from './passage.ts'
import type { Output } from './reply.ts'
import { HttpSource, type Simulate, SimulatorSource } from './source.ts'
import { translating } from './translating.ts'
import { UsageHidingPassage } from './usage-hiding-passage.ts'
import { WholeEventPassage } from './whole-event-passage.ts'

export interface PrepareOptions {
  readonly exchange: Exchange
  readonly slot: Slot
  readonly limits: CallLimits
  readonly simulate: Simulate
  readonly allowance: Allowance
  /** The reply may come to what is left of a limit. */
  readonly isLimitNear: boolean
  readonly media: MediaFetcher
  readonly catalog: OutputLimits
}

/** Ready at once, unless something of the request has to be fetched first. */
export type Prepared = CallParts<Buffer> | CallParts<never> | Promise<CallParts<Buffer>>

/** Puts together what one attempt at a reply needs: where it comes from and how it passes to the caller. */
export function prepare(options: PrepareOptions): Prepared {
  const { ask } = options.exchange
  if (ask.kind === 'neutral') return generated(options, undefined)
  return options.slot.candidate.account.wires.includes(ask.wire)
    ? sameWire(options, withOwnThinking(ask))
    : generated(options, wires[ask.wire])
}

/** How a caller's request is read and its reply written. */
export type ClientCodec = Pick<Wire, 'readRequest' | 'writeStream' | 'writeResponse'>

/** A reply of another wire's upstream, or of the simulator. `client`: undefined for the chat, which speaks none. */
export function generated(options: PrepareOptions, client: ClientCodec | undefined): Prepared {
  const { account, upstreamModel } = options.slot.candidate
  const { ask } = options.exchange
  const request = ask.kind === 'neutral' ? ask.request : readAsk(ask, client ?? wires[ask.wire])
  const encoder = client === undefined ? neutralEncoder : encoderFor(options.exchange, request, client)
  if (account.kind === 'simulator') return simulated(options, request, encoder) as unknown as CallParts<never>
  const asked = { ...request, model: upstreamModel }
  const name = chooseWire(asked, account.wires)
  if (name === undefined) throw new ParleyError('internal', { cause: new Error('an account that speaks no wire') })
  const wire = wires[name]
  const places = placesToFetch(asked, name)
  if (places.length === 0) return translated(options, wire, { request: asked, encoder })
  return inlineMedia(asked, places, options.media).then((whole) =>
    translated(options, wire, { request: whole, encoder }),
  )
}

/** For operations, which are asked by programs only. */
export function wireAskOf({ exchange: { ask } }: PrepareOptions): WireAsk {
  if (ask.kind === 'wire') return ask
  throw new ParleyError('internal', { cause: new Error('an operation that the chat asks for') })
}

/** What goes to an upstream and how its reply comes back. */
export interface Exchanged {
  readonly wire: Wire
  /** The wire's own. */
  readonly path: string
  readonly headers: { readonly [name: string]: string }
  readonly body: Buffer | string
  readonly passage: Passage<Buffer>
  readonly isSameWire: boolean
  /** Writes the end of a stream that may not become longer; absent: the wire itself. */
  readonly client?: ClientCodec
}

/** /!\ Hot path. One request over HTTP; what it has besides a reply's generation is the same for all. */
export function exchanged(options: PrepareOptions, sent: Exchanged): CallParts<Buffer> {
  const { exchange, slot, limits, allowance } = options
  const { wire, passage, isSameWire, client = wire } = sent
  const { ask } = exchange
  const path = slot.path(sent.path)
  const query = isSameWire && ask.kind === 'wire' ? ask.query : ''
  return {
    reply: exchange.reply,
    source: new HttpSource(slot, {
      path: query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
      headers: sentHeaders(slot, sent.headers),
      body: sent.body,
      isPiecewise: options.isLimitNear,
    }),
    passage,
    wire,
    isSameWire,
    isStream: ask.isStream,
    limits,
    allowance,
    endOfAllowance: (hasBegun) =>
      ask.kind === 'wire'
        ? endOfBytes(client, { context: writeContext(exchange, ask), usage: passage.reading.usage, hasBegun })
        : [],
  }
}

/** /!\ Hot path: the body received is the body sent, but for the model's name where the account maps it. */
function sameWire(options: PrepareOptions, ask: WireAsk): CallParts<Buffer> {
  const wire = wires[ask.wire]
  const { upstreamModel } = options.slot.candidate
  const { body, hidesUsage } = sentBody(ask, options.slot)
  const meter = wire.meter(ask.isStream ? 'stream' : 'json')
  return exchanged(options, {
    wire,
    path: wire.requestPath({ model: upstreamModel, stream: ask.isStream }),
    headers: ask.headers,
    body,
    passage: bytePassage(options, meter, hidesUsage),
    isSameWire: true,
  })
}

/**
 * /!\ Hot path. What an upstream of the caller's own wire can take: a caller that was served by another wire's before hands
 * back its thinking, which this one would refuse.
 */
export function withOwnThinking(ask: WireAsk): WireAsk {
  const json = tryWithoutWrapped(ask.body)
  return json === undefined ? ask : { ...ask, json, body: Buffer.from(JSON.stringify(json)) }
}

/** Where a stream may be ended by a limit its caller is never left inside an event. */
export function bytePassage(
  { exchange, allowance }: PrepareOptions,
  meter: Meter,
  hidesUsage: boolean,
): Passage<Buffer> {
  if (hidesUsage) return new UsageHidingPassage(meter)
  return exchange.ask.isStream && allowance.isLimited ? new WholeEventPassage(meter) : new BytePassage(meter)
}

/** With what the bill needs, where the client did not ask for it itself: then it is hidden from it. */
export function sentBody(ask: WireAsk, { candidate, dialect }: Slot): { body: Buffer; hidesUsage: boolean } {
  const { upstreamModel } = candidate
  let { body } = ask
  if (upstreamModel !== ask.model && ask.wire !== 'gemini')
    body = setTopLevelField(body, 'model', JSON.stringify(upstreamModel))
  const isAsked = ask.wire !== 'openai-chat' || !ask.isStream || asksForUsage(ask)
  const hidesUsage = !isAsked && dialect !== 'mistral'
  if (hidesUsage) {
    body = setTopLevelField(
      body,
      'stream_options',
      JSON.stringify({ ...(ask.json.stream_options as object | undefined), include_usage: true }),
    )
  }
  return { body, hidesUsage }
}

function asksForUsage(ask: WireAsk): boolean {
  const options = ask.json.stream_options
  return typeof options === 'object' && options !== null && !Array.isArray(options) && options.include_usage === true
}

function translated(
  options: PrepareOptions,
  wire: Wire,
  { request, encoder }: { request: ChatRequest; encoder: Encoder },
): CallParts<Buffer> {
  const { candidate, dialect } = options.slot
  const { upstreamModel } = candidate
  const { isStream } = options.exchange.ask
  const body = translating(() => wire.writeRequest(withLimit(options, wire, request), dialect))
  return {
    ...exchanged(options, {
      wire,
      path: wire.requestPath({ model: upstreamModel, stream: isStream }),
      headers: {},
      body: JSON.stringify(body),
      passage: new EventPassage(isStream ? createStreamDecoder(wire) : createBodyDecoder(wire), encoder),
      isSameWire: false,
    }),
    endOfAllowance: (hasBegun) => endOfEvents(encoder, options.exchange, hasBegun),
  }
}

/** No more than the model can, if that is known. Anthropic must be told a limit, also where the client gave none. */
function withLimit({ exchange, slot, catalog }: PrepareOptions, wire: Wire, request: ChatRequest): ChatRequest {
  const { upstreamModel } = slot.candidate
  const { maxTokens } = request
  if (maxTokens === undefined && wire.name !== 'anthropic') return request
  const limit =
    maxTokens === undefined ? catalog.tryOutputLimit(exchange.ask.model, upstreamModel) : tryOutputLimit(upstreamModel)
  return limit === undefined
    ? request
    : { ...request, maxTokens: Math.min(limit, maxTokens ?? defaultMaxTokens(request)) }
}

function simulated({ exchange, limits, simulate, allowance }: PrepareOptions, request: ChatRequest, encoder: Encoder) {
  return {
    reply: exchange.reply,
    source: new SimulatorSource(simulate, request),
    passage: new EventPassage(neutralDecoder, encoder),
    wire: undefined,
    isSameWire: false,
    isStream: exchange.ask.isStream,
    limits,
    allowance,
    endOfAllowance: (hasBegun: boolean) => endOfEvents(encoder, exchange, hasBegun),
  }
}

function readAsk(ask: WireAsk, client: ClientCodec): ChatRequest {
  const { model, isStream } = ask
  return translating(() => client.readRequest(exactBody(ask), { model, stream: isStream }))
}

/** On these wires the arguments of tools are JSON among JSON; on the others they are text, which nobody touches. */
function exactBody({ wire, json, body }: WireAsk): unknown {
  return wire === 'anthropic' || wire === 'gemini' ? parseExactly(body.toString('utf8')) : json
}

function encoderFor(exchange: Exchange, request: ChatRequest, client: ClientCodec): Encoder {
  const { ask } = exchange
  if (ask.kind === 'neutral') return neutralEncoder
  const context: WriteContext = { ...writeContext(exchange, ask), request }
  return ask.isStream ? createStreamEncoder(client, context) : createBodyEncoder(client, context)
}

function writeContext({ id }: Exchange, ask: WireAsk): WriteContext {
  const context: WriteContext = { id, model: ask.model, createdAt: Math.floor(Date.now() / 1000) }
  if (ask.wire === 'openai-chat') context.includeUsage = asksForUsage(ask)
  return context
}

const endForLength: ChatEvent = { type: 'finish', reason: 'length' }
const emptyBlock: readonly ChatEvent[] = [
  { type: 'text', index: 0, text: '' },
  { type: 'block-end', index: 0 },
]

function endOfEvents(encoder: Encoder, { id, ask }: Exchange, hasBegun: boolean): readonly Output[] {
  return encoder.write(hasBegun ? [endForLength] : [{ type: 'start', id, model: ask.model }, endForLength])
}

interface EndOfBytes {
  readonly context: WriteContext
  readonly usage: Usage | undefined
  /** The caller has the stream's beginning. */
  readonly hasBegun: boolean
}

/** How this wire ends a stream of which only the beginning has passed, byte for byte. */
function endOfBytes(client: ClientCodec, { context, usage, hasBegun }: EndOfBytes): readonly Output[] {
  const write = client.writeStream(context)
  const start = write({ type: 'start', id: context.id, model: context.model })
  // Some write their beginning with the first content only.
  if (hasBegun && start === '') for (const event of emptyBlock) write(event)
  const end = [...(usage === undefined ? [] : [write({ type: 'usage', usage })]), write(endForLength)]
  return (hasBegun ? end : [start, ...end]).filter((text) => text !== '')
}
