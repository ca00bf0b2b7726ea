import type { ServerResponse } from 'node:http'
import { type FakeCall, readCall } from './call.ts'
import { createReply } from './reply.ts'
import { wireOf } from './wires/index.ts'

interface Prebuilt {
  contentType: string
  writes: Buffer[]
}

/** Answers a request if it is a plain one; false leaves it to the slow path. */
export type FastPath = (path: string, body: Buffer, response: ServerResponse) => boolean

/**
 * Default replies from prebuilt bytes, for load: the request is not parsed, only searched for what the reply depends on.
 * A stream goes out in three writes, one turn of the event loop apart. Commands are left to the slow path, and are seen
 * only at the very start of a text.
 */
export function createFastPath(seed: number): FastPath {
  const replies = new Map<string, Prebuilt | undefined>()
  return (path, body, response) => {
    if (body.includes('"/')) return false
    const isStream = body.includes('"stream":true') || body.includes('"stream": true')
    const includeUsage = isStream && (body.includes('"include_usage":true') || body.includes('"include_usage": true'))
    const modelName = modelOf(body)
    const key = `${path} ${modelName} ${isStream} ${includeUsage}`
    if (!replies.has(key))
      replies.set(
        key,
        prebuild(path, { model: modelName, stream: isStream, stream_options: { include_usage: includeUsage } }, seed),
      )
    const prebuilt = replies.get(key)
    if (prebuilt === undefined) return false
    send(response, prebuilt)
    return true
  }
}

function modelOf(body: Buffer): string {
  const at = body.indexOf('"model"')
  const name = at < 0 ? undefined : /^"model"\s*:\s*"([^"]*)"/.exec(body.toString('utf8', at, at + 200))?.[1]
  return name ?? 'fake-model'
}

function prebuild(path: string, json: FakeCall['body'], seed: number): Prebuilt | undefined {
  const received = {
    number: 1,
    method: 'POST',
    path,
    headers: {},
    rawHeaders: [],
    body: Buffer.alloc(400),
    json,
    credential: undefined,
  }
  const call = readCall(received)
  if (call.operation !== 'generate' && call.operation !== 'complete') return undefined
  const wire = wireOf(call.wire)
  const reply = createReply(call, {}, seed)
  if (!call.stream)
    return { contentType: 'application/json', writes: [Buffer.from(JSON.stringify(wire.whole(reply, call).body))] }
  const frames = [...wire.stream(reply, call)].map((frame) => frame.text)
  const half = frames.length >> 1
  const parts = [frames.slice(0, 3), frames.slice(3, half), frames.slice(half)]
  return { contentType: wire.streamType(call), writes: parts.map((part) => Buffer.from(part.join(''))) }
}

function send(response: ServerResponse, { contentType, writes }: Prebuilt): void {
  const [first, ...rest] = writes
  if (rest.length === 0) {
    response.writeHead(200, { 'content-type': contentType, 'content-length': first?.length ?? 0 }).end(first)
    return
  }
  response.writeHead(200, { 'content-type': contentType })
  response.write(first)
  const next = (): void => {
    const part = rest.shift()
    if (response.destroyed || part === undefined) return
    if (rest.length === 0) response.end(part)
    else {
      response.write(part)
      setImmediate(next)
    }
  }
  setImmediate(next)
}
