import { fillMessage, ParleyError, wireFaults } from '@parley/contract'
import { embeddings, type JsonObject, wires } from '@parley/wires'
import type { CallParts } from '../call.ts'
import type { WireAsk } from '../exchange.ts'
import { BytePassage } from '../passage.ts'
import { exchanged, type PrepareOptions, wireAskOf } from '../prepare.ts'
import { translating } from '../translating.ts'
import type { AccountKind } from '../../upstreams/account.ts'
import { BodyPassage } from './body-passage.ts'
import type { Operation } from './operation.ts'

type EmbeddingWire = keyof typeof embeddings

const wireOfKind: { readonly [kind in AccountKind]?: EmbeddingWire } = {
  openai: 'openai-chat',
  'azure-openai': 'openai-chat',
  gemini: 'gemini',
}

/** Texts into vectors: OpenAI's and Gemini's way, each at upstreams of either kind. */
export const embed: Operation = {
  choose(candidates) {
    const able = candidates.filter(({ account }) => wireOfKind[account.kind] !== undefined)
    if (able.length > 0) return able
    throw new ParleyError('wire_unsupported', {
      parameters: { detail: fillMessage(wireFaults.noEmbeddings, { field: 'model' }) },
      details: { field: 'model' },
    })
  },

  prepare(options) {
    const ask = wireAskOf(options)
    const to = wireOfKind[options.slot.candidate.account.kind]
    if (to === undefined) throw new ParleyError('internal', { cause: new Error('an account that cannot embed') })
    return ask.wire === to ? passedOn(options, ask, to) : translated(options, ask, to)
  },
}

/** What the client asked is what is sent, but for the model's name where the account maps it. */
function passedOn(options: PrepareOptions, ask: WireAsk, to: EmbeddingWire): CallParts<Buffer> {
  const { upstreamModel } = options.slot.candidate
  const isRenamed = upstreamModel !== ask.model
  return exchanged(options, {
    wire: wires[to],
    path: to === 'gemini' ? `/v1beta/models/${encodeURIComponent(upstreamModel)}:${ask.method}` : '/v1/embeddings',
    headers: ask.headers,
    body: isRenamed ? JSON.stringify(renamed(ask.json, to, upstreamModel)) : ask.body,
    passage: new BytePassage(embeddings[to].meter()),
    isSameWire: true,
  })
}

function renamed(body: JsonObject, wire: EmbeddingWire, model: string): JsonObject {
  if (wire === 'openai-chat') return { ...body, model }
  const name = `models/${model}`
  if (!Array.isArray(body.requests)) return { ...body, model: name }
  return { ...body, requests: body.requests.map((request) => ({ ...(request as JsonObject), model: name })) }
}

function translated(options: PrepareOptions, ask: WireAsk, to: EmbeddingWire): CallParts<Buffer> {
  const { upstreamModel } = options.slot.candidate
  const [theirs, ours] = [embeddings[to], embeddings[to === 'gemini' ? 'openai-chat' : 'gemini']]
  const request = translating(() => ours.readRequest(ask.json, upstreamModel))
  return exchanged(options, {
    wire: wires[to],
    path: theirs.requestPath(upstreamModel),
    headers: {},
    body: JSON.stringify(theirs.writeRequest(request)),
    passage: new BodyPassage(theirs.meter(), (body) =>
      ours.writeReply(theirs.readReply(body), { body: ask.json, model: ask.model }),
    ),
    isSameWire: false,
  })
}
