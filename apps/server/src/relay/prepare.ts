import { ParleyError } from '@parley/contract'
import {
  type ChatEvent,
  type ChatRequest,
  type Usage,
  type Wire,
  type WireName,
  type WriteContext,
  wires,
} from '@parley/wires'
import type { Allowance } from '../ledger/ticket.ts'
import type { Slot } from '../upstreams/account.ts'
import type { CallLimits, CallParts } from './call.ts'
import type { Ask, Exchange, WireAsk } from './exchange.ts'
import { setTopLevelField } from './json-patch.ts'
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
} from './passage.ts'
import type { Output } from './reply.ts'
import { HttpSource, type Simulate, SimulatorSource } from './source.ts'
import { translating } from './translating.ts'
import { UsageHidingPassage } from './usage-hiding-passage.ts'

export interface PrepareOptions {
  readonly exchange: Exchange
  readonly slot: Slot
  readonly limits: CallLimits
  readonly simulate: Simulate
  readonly allowance: Allowance
}

/** Puts together what one attempt needs: where the reply comes from and how it passes to the caller. */
export function prepare(options: PrepareOptions): CallParts<Buffer> | CallParts<never> {
  const { exchange, slot } = options
  const { account } = slot.candidate
  if (account.kind === 'simulator') return simulated(options) as unknown as CallParts<never>
  const wire = wires[wireFor(exchange.ask, account.wires)]
  if (exchange.ask.kind === 'wire' && exchange.ask.wire === wire.name) return sameWire(options, exchange.ask, wire)
  return translated(options, wire)
}

function wireFor(ask: Ask, spoken: readonly WireName[]): WireName {
  const [first] = spoken
  if (first === undefined) throw new ParleyError('internal', { cause: new Error('an account that speaks no wire') })
  return ask.kind === 'wire' && spoken.includes(ask.wire) ? ask.wire : first
}

/** /!\ Hot path: the body received is the body sent, but for the model's name where the account maps it. */
function sameWire({ exchange, slot, limits, allowance }: PrepareOptions, ask: WireAsk, wire: Wire): CallParts<Buffer> {
  const { upstreamModel } = slot.candidate
  let body = ask.body
  if (upstreamModel !== ask.model && wire.name !== 'gemini')
    body = setTopLevelField(body, 'model', JSON.stringify(upstreamModel))
  const hidesUsage = wire.name === 'openai-chat' && ask.isStream && !asksForUsage(ask)
  if (hidesUsage) {
    body = setTopLevelField(
      body,
      'stream_options',
      JSON.stringify({ ...(ask.json.stream_options as object | undefined), include_usage: true }),
    )
  }
  const path = slot.path(wire.requestPath({ model: upstreamModel, stream: ask.isStream }))
  const meter = wire.meter(ask.isStream ? 'stream' : 'json')
  return {
    reply: exchange.reply,
    source: new HttpSource(slot, {
      path: ask.query === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${ask.query}`,
      headers: { 'content-type': 'application/json', ...slot.defaultHeaders, ...ask.headers, ...slot.headers },
      body,
    }),
    passage: hidesUsage ? new UsageHidingPassage(meter) : new BytePassage(meter),
    wire,
    isSameWire: true,
    isStream: ask.isStream,
    limits,
    allowance,
    endOfAllowance: () => endOfBytes(wire, writeContext(exchange, ask), meter.usage),
  }
}

function asksForUsage(ask: WireAsk): boolean {
  const options = ask.json.stream_options
  return typeof options === 'object' && options !== null && !Array.isArray(options) && options.include_usage === true
}

function translated({ exchange, slot, limits, allowance }: PrepareOptions, wire: Wire): CallParts<Buffer> {
  const { ask } = exchange
  const { upstreamModel } = slot.candidate
  const request = neutralRequest(ask)
  const body = translating(() => wire.writeRequest({ ...request, model: upstreamModel }))
  const encoder = encoderFor(exchange, request)
  return {
    reply: exchange.reply,
    source: new HttpSource(slot, {
      path: slot.path(wire.requestPath({ model: upstreamModel, stream: ask.isStream })),
      headers: { 'content-type': 'application/json', ...slot.defaultHeaders, ...slot.headers },
      body: JSON.stringify(body),
    }),
    passage: new EventPassage(ask.isStream ? createStreamDecoder(wire) : createBodyDecoder(wire), encoder),
    wire,
    isSameWire: false,
    isStream: ask.isStream,
    limits,
    allowance,
    endOfAllowance: () => encoder.write([endForLength]),
  }
}

function simulated({ exchange, limits, simulate, allowance }: PrepareOptions) {
  const request = neutralRequest(exchange.ask)
  const encoder = encoderFor(exchange, request)
  return {
    reply: exchange.reply,
    source: new SimulatorSource(simulate, request),
    passage: new EventPassage(neutralDecoder, encoder),
    wire: undefined,
    isSameWire: false,
    isStream: exchange.ask.isStream,
    limits,
    allowance,
    endOfAllowance: () => encoder.write([endForLength]),
  }
}

function neutralRequest(ask: Ask): ChatRequest {
  if (ask.kind === 'neutral') return ask.request
  return translating(() => wires[ask.wire].readRequest(ask.json, { model: ask.model, stream: ask.isStream }))
}

function encoderFor(exchange: Exchange, request: ChatRequest): Encoder {
  const { ask } = exchange
  if (ask.kind === 'neutral') return neutralEncoder
  const context: WriteContext = { ...writeContext(exchange, ask), request }
  return ask.isStream ? createStreamEncoder(wires[ask.wire], context) : createBodyEncoder(wires[ask.wire], context)
}

function writeContext({ id }: Exchange, ask: WireAsk): WriteContext {
  const context: WriteContext = { id, model: ask.model, createdAt: Math.floor(Date.now() / 1000) }
  if (ask.wire === 'openai-chat') context.includeUsage = asksForUsage(ask)
  return context
}

const endForLength: ChatEvent = { type: 'finish', reason: 'length' }

/** How this wire ends a stream of which only the beginning has passed, byte for byte. */
function endOfBytes(wire: Wire, context: WriteContext, usage: Usage | undefined): readonly Output[] {
  const write = wire.writeStream(context)
  write({ type: 'start', id: context.id, model: context.model })
  return [...(usage === undefined ? [] : [write({ type: 'usage', usage })]), write(endForLength)].filter(
    (text) => text !== '',
  )
}
