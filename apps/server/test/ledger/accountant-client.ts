import type { IncomingMessage } from 'node:http'
import { send } from '@parley/testkit'
import { wires } from '@parley/wires'
import type { PlannedCall } from './accountant-plan.ts'

/** What the client saw of a call. */
export interface ClientResult {
  readonly call: PlannedCall
  readonly node: number
  /** 0: no headers came. */
  readonly status: number
  /** `whole`: the body ended well; `left`: by the client; `broken`: by the other side, or nobody answered. */
  readonly ended: 'whole' | 'left' | 'broken'
  readonly body: Buffer
  /** It was refused for what others hold. */
  readonly mayComeAgain: boolean
  /** Of the same clock as kills. */
  readonly startedAt: number
  readonly endedAt: number
}

export interface ClientOptions {
  readonly url: string
  readonly node: number
  readonly key: string
}

/** Makes one call as planned, leaving where it says. */
export async function makeCall(call: PlannedCall, { url, node, key }: ClientOptions): Promise<ClientResult> {
  const startedAt = performance.now()
  const abort = new AbortController()
  const leaving = call.leavesAt === -1 ? setTimeout(() => abort.abort(), call.number % 20) : undefined
  let response: IncomingMessage | undefined
  const chunks: Buffer[] = []
  let ended: ClientResult['ended'] = 'broken'
  try {
    response = await send(url + pathOf(call), {
      body: bodyOf(call),
      headers: { authorization: `Bearer ${key}`, 'x-request-id': call.id },
      signal: abort.signal,
    })
    ended = await read(response, chunks, call.leavesAt)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    ended = abort.signal.aborted ? 'left' : 'broken'
  } finally {
    clearTimeout(leaving)
  }
  const body = Buffer.concat(chunks)
  const mayComeAgain = response?.headers['retry-after'] !== undefined
  const status = response?.statusCode ?? 0
  return { call, node, status, ended, body, mayComeAgain, startedAt, endedAt: performance.now() }
}

async function read(
  response: IncomingMessage,
  chunks: Buffer[],
  leavesAt: number | undefined,
): Promise<ClientResult['ended']> {
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (leavesAt !== undefined && bytes >= leavesAt) return 'left'
  }
  return 'whole'
}

/** Length of what the client was told, and whether it was told that this is all. */
export function readingOf({ call, body }: ClientResult): { contentLength: number; isFinished: boolean } {
  const meter = wires[call.wire].meter(call.isStream ? 'stream' : 'json')
  meter.push(body)
  meter.end()
  return { contentLength: meter.contentLength, isFinished: meter.isFinished && meter.error === undefined }
}

function pathOf({ wire, model, isStream }: PlannedCall): string {
  if (wire === 'anthropic') return '/v1/messages'
  if (wire === 'openai-chat') return '/v1/chat/completions'
  if (wire === 'openai-responses') return '/v1/responses'
  return `/v1beta/models/${model}:${isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`
}

function bodyOf({ wire, model, isStream, id, number }: PlannedCall): object {
  const prompt = `${id} ${'please '.repeat(number % 40)}`
  const messages = [{ role: 'user', content: prompt }]
  if (wire === 'anthropic') return { model, stream: isStream, max_tokens: 64_000, messages }
  if (wire === 'openai-chat') return { model, stream: isStream, messages }
  if (wire === 'openai-responses') return { model, stream: isStream, input: prompt, store: false }
  return { contents: [{ role: 'user', parts: [{ text: prompt }] }] }
}
