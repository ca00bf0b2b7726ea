import type { OutgoingHttpHeaders } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { Behaviour, FakeError } from './behaviour.ts'
import type { FakeCall } from './call.ts'
import type { Channel } from './channel.ts'
import { createReply } from './reply.ts'
import type { Outcome, ServedCall } from './served.ts'
import { wireOf } from './wires/index.ts'
import type { FakeWire, Frame } from './wires/wire.ts'

export interface Serving {
  call: FakeCall
  behaviour: Behaviour
  channel: Channel
  served: ServedCall
  seed: number
}

/** Answers one call of a model as its behaviour says. Returns when the reply has ended; throws LineClosed when it was cut. */
export async function serveCall(serving: Serving): Promise<void> {
  const { call, behaviour, channel, served } = serving
  const wire = wireOf(call.wire)
  if (behaviour.error === undefined) {
    const reply = createReply(call, behaviour, serving.seed)
    served.usage = wire.tellable(reply.usage)
    await beforeHeaders(serving)
    if (call.stream) return serveStream(serving, wire, wire.stream(reply, call))
    const whole = wire.whole(reply, call)
    return serveWhole(serving, JSON.stringify(whole.body), () => channel.note(whole.content, whole.said))
  }
  await beforeHeaders(serving)
  return serveError(serving, wire, behaviour.error)
}

async function beforeHeaders({ behaviour, channel }: Serving): Promise<void> {
  if (behaviour.reset) channel.reset()
  if (behaviour.stall === 'before-headers') await channel.stall()
  await channel.pause(behaviour.headersAfterMs)
}

/** A good reply that is not streamed. */
export function serveWhole(serving: Serving, text: string, note: () => void): Promise<void> {
  const contentType = 'application/json'
  return serveBody(serving, { status: 200, contentType, text, outcome: 'finished', note })
}

export function serveError(serving: Serving, wire: FakeWire, given: number | FakeError): Promise<void> {
  const error = typeof given === 'number' ? { status: given } : given
  return serveBody(serving, { status: error.status, ...errorText(error, wire), outcome: 'error' })
}

interface WholeBody {
  status: number
  contentType: string
  text: string
  outcome: Outcome
  /** Called when all of it is out. */
  note?: () => void
}

/** A body in two halves: a fault after 0 events comes before the first, any later one between the two. */
async function serveBody(serving: Serving, { status, contentType, text, outcome, note }: WholeBody): Promise<void> {
  const { behaviour, channel } = serving
  const body = encode(serving, Buffer.from(text))
  const half = body.length >> 1
  channel.open(behaviour.status ?? status, headersOf(serving, contentType, body.length))
  await channel.pause(behaviour.firstEventAfterMs)
  await stopAt(serving, (events) => events === 0)
  await channel.write(body.subarray(0, half))
  await stopAt(serving, (events) => events > 0)
  await channel.pause(behaviour.eventEveryMs)
  await channel.write(body.subarray(half))
  note?.()
  await channel.end(outcome)
}

async function serveStream(serving: Serving, wire: FakeWire, frames: Iterable<Frame>): Promise<void> {
  const { call, behaviour, channel, served } = serving
  channel.open(behaviour.status ?? 200, headersOf(serving, wire.streamType(call)))
  await channel.pause(behaviour.firstEventAfterMs)
  for (const frame of frames) {
    const { events } = served
    await stopAt(serving, (afterEvents) => afterEvents === events)
    if (behaviour.errorEvent?.afterEvents === events) return serveErrorEvent(serving, wire)
    if (events > 0) await channel.pause(behaviour.eventEveryMs)
    if (frame.isFinal && behaviour.end === 'before-final') await channel.endEarly()
    const noise = noiseOf(behaviour, events)
    if (noise !== '') await channel.write(bytesOf(serving, noise))
    await channel.write(bytesOf(serving, frame.text))
    channel.note(frame.content, frame.said)
  }
  await channel.end('finished')
}

async function stopAt({ channel, behaviour }: Serving, isNow: (afterEvents: number) => boolean): Promise<void> {
  const { stall, cut, end, hold } = behaviour
  if (hold !== undefined && isNow(hold.afterEvents)) await channel.until(hold.until)
  if (typeof stall === 'object' && isNow(stall.afterEvents)) await channel.stall()
  if (cut !== undefined && 'afterEvents' in cut && isNow(cut.afterEvents)) await channel.cut()
  if (typeof end === 'object' && isNow(end.afterEvents)) await channel.endEarly()
}

async function serveErrorEvent(serving: Serving, wire: FakeWire): Promise<void> {
  const { behaviour, channel, served } = serving
  const { status = 529, message } = behaviour.errorEvent ?? {}
  const error = message === undefined ? { status } : { status, message }
  for (const frame of wire.errorFrames(error, served.events)) await channel.write(bytesOf(serving, frame.text))
  await channel.end('error')
}

const htmlPage = `<!DOCTYPE html>
<html><head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>
`

function errorText(error: FakeError, wire: FakeWire): { text: string; contentType: string } {
  const { body = 'wire' } = error
  if (body === 'html') return { text: htmlPage, contentType: 'text/html' }
  if (body === 'empty') return { text: '', contentType: 'text/plain' }
  if (body === 'wire') return { text: JSON.stringify(wire.errorBody(error)), contentType: 'application/json' }
  return { text: body.raw, contentType: 'application/json' }
}

/** A body that ends too early has no length, or its end would not be clean. */
function headersOf(serving: Serving, contentType: string, length?: number): OutgoingHttpHeaders {
  const { behaviour } = serving
  const headers: OutgoingHttpHeaders = {
    'content-type': behaviour.contentType ?? contentType,
    'request-id': 'req_fake',
  }
  if (length !== undefined && behaviour.end === undefined) headers['content-length'] = length
  if (isCompressed(serving)) headers['content-encoding'] = 'gzip'
  if (contentType.startsWith('text/event-stream')) headers['cache-control'] = 'no-cache'
  return { ...headers, ...behaviour.headers }
}

const lineEnds = { lf: '\n', crlf: '\r\n', cr: '\r' } as const

function bytesOf(serving: Serving, text: string): Buffer {
  const { lineEnd = 'lf' } = serving.behaviour
  return encode(serving, Buffer.from(lineEnd === 'lf' ? text : text.replaceAll('\n', lineEnds[lineEnd])))
}

function encode(serving: Serving, bytes: Buffer): Buffer {
  return isCompressed(serving) ? gzipSync(bytes) : bytes
}

function isCompressed({ behaviour, call }: Serving): boolean {
  return behaviour.compress === true && /\bgzip\b/.test(String(call.received.headers['accept-encoding']))
}

/** Lines that the standard has a reader ignore: comments, unknown fields, a field without a colon, empty events, `retry`. */
const harmlessNoise = ': keep-alive 你好\nnonsense: 🗑\nlonely\nretry: 3000\n\n\n:\n'

function noiseOf({ pings, garbage }: Behaviour, events: number): string {
  let noise = ''
  if (pings === 'comment') noise += ': ping\n\n'
  if (pings === 'event') noise += 'event: ping\ndata: {"type": "ping"}\n\n'
  if (garbage === 'harmless') noise += harmlessNoise
  if (garbage === 'broken-json' && events === 2) noise += 'data: {"half": "of an obj\n\n'
  return noise
}
