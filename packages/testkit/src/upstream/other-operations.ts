import type { JsonObject, JsonValue } from '@parley/wires'
import { type FakeCall, inputTokensOf } from './call.ts'
import { hashOf } from './words.ts'
import type { WholeReply } from './wires/wire.ts'
import { zeroUsage } from './served.ts'

/** Answers what is not a generation: token counts, embeddings and model lists. Undefined: there is no such endpoint. */
export function answerOther(call: FakeCall, models: readonly string[]): WholeReply | undefined {
  if (call.operation === 'count-tokens') return { body: countBody(call), content: '' }
  if (call.operation === 'embed') return embed(call)
  return call.operation === 'models' ? listModels(call, models) : undefined
}

function countBody(call: FakeCall): JsonObject {
  const tokens = inputTokensOf(call)
  if (call.wire !== 'gemini') return { input_tokens: tokens }
  return { totalTokens: tokens, promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }] }
}

function vectorOf(text: string, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, index) => Math.fround((hashOf(text, index) / 0xffffffff) * 2 - 1))
}

function embed(call: FakeCall): WholeReply {
  if (call.wire === 'gemini') {
    const requests = call.body['requests']
    if (!Array.isArray(requests))
      return { body: { embedding: { values: vectorOf(call.received.body.toString(), 8) } }, content: '' }
    return {
      body: { embeddings: requests.map((request) => ({ values: vectorOf(JSON.stringify(request), 8) })) },
      content: '',
    }
  }
  const input = call.body['input']
  const texts = Array.isArray(input) && !input.every((token) => typeof token === 'number') ? input : [input ?? '']
  const { dimensions } = call.body
  const size = typeof dimensions === 'number' ? dimensions : 8
  const asBase64 = call.body['encoding_format'] === 'base64'
  const data = texts.map((text, index): JsonObject => {
    const vector = vectorOf(JSON.stringify(text), size)
    const embedding: JsonValue = asBase64 ? Buffer.from(new Float32Array(vector).buffer).toString('base64') : vector
    return { object: 'embedding', index, embedding }
  })
  const tokens = inputTokensOf(call)
  const own = { prompt_tokens: tokens, total_tokens: tokens }
  return {
    body: { object: 'list', data, model: call.model, usage: own },
    content: '',
    said: { own, usage: { ...zeroUsage, input: tokens } },
  }
}

/** Each client sees its own format, as with the relay. */
function listModels(call: FakeCall, models: readonly string[]): WholeReply | undefined {
  const path = call.received.path.split('?', 1)[0] ?? ''
  const id = /\/models\/([^/]+)$/.exec(path)?.[1]
  const entry = modelEntries[call.wire === 'openai-responses' ? 'openai-chat' : call.wire]
  if (id !== undefined) {
    return models.includes(decodeURIComponent(id)) ? { body: entry(decodeURIComponent(id)), content: '' } : undefined
  }
  const entries = models.map(entry)
  if (call.wire === 'gemini') return { body: { models: entries }, content: '' }
  if (call.wire === 'openai-chat') return { body: { object: 'list', data: entries }, content: '' }
  const ends = { first_id: models[0] ?? null, last_id: models.at(-1) ?? null }
  return { body: { data: entries, has_more: false, ...ends }, content: '' }
}

const modelEntries = {
  anthropic: (id: string): JsonObject => ({ type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }),
  'openai-chat': (id: string): JsonObject => ({ id, object: 'model', created: 1_790_000_000, owned_by: 'fake' }),
  gemini: (id: string): JsonObject => ({
    name: `models/${id}`,
    displayName: id,
    version: '1',
    inputTokenLimit: 1_000_000,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  }),
}
