import { assertArray, assertObject, countOf, defined, isObject, join, tryInteger } from '../fields.ts'
import { type JsonObject, type JsonValue, noUsage, WireError } from '../neutral.ts'
import { createJsonMeter } from '../shared/meter.ts'
import type { EmbeddingCodec } from './codec.ts'

/** https://platform.openai.com/docs/api-reference/embeddings, 2026-11 */
export const openaiEmbeddings: EmbeddingCodec = {
  readRequest(body, model) {
    const request = { model, texts: readTexts(body.input) }
    const dimensions = tryInteger(body, 'dimensions')
    return dimensions === undefined ? request : { ...request, dimensions }
  },

  writeRequest: ({ model, texts, dimensions }) => defined<JsonObject>({ model, input: texts, dimensions }),

  requestPath: () => '/v1/embeddings',

  readReply(body) {
    const data = assertArray(body.data, 'data').map((entry, index) => assertObject(entry, join('data', index)))
    const ordered = data.toSorted((a, b) => countOf(a, 'index') - countOf(b, 'index'))
    return {
      vectors: ordered.map(({ embedding }, index) => readVector(embedding, join(join('data', index), 'embedding'))),
      inputTokens: isObject(body.usage) ? countOf(body.usage, 'prompt_tokens') : undefined,
    }
  },

  writeReply({ vectors, inputTokens = 0 }, { body, model }) {
    const write = body.encoding_format === 'base64' ? toBase64 : (vector: number[]): JsonValue => vector
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: write(vector) })),
      model,
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    }
  },

  meter: () =>
    createJsonMeter((body, readings) => {
      if (!Array.isArray(body.data)) return
      readings.hasContent = true
      readings.isFinished = true
      if (isObject(body.usage)) readings.usage = { ...noUsage, input: countOf(body.usage, 'prompt_tokens') }
    }),
}

/** Token numbers are of OpenAI's own vocabulary: nobody else can read them. */
function readTexts(input: JsonValue | undefined): string[] {
  if (typeof input === 'string') return [input]
  return assertArray(input, 'input').map((text, index) => {
    if (typeof text === 'string') return text
    throw new WireError(join('input', index), 'tokenNumbers')
  })
}

function readVector(value: JsonValue | undefined, path: string): number[] {
  if (typeof value === 'string') return fromBase64(value)
  return assertArray(value, path).map((number) => {
    if (typeof number !== 'number') throw new WireError(path, 'notNumbers')
    return number
  })
}

/** 32-bit floats, little-endian. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * 4)
  return bytes.toString('base64')
}

function fromBase64(text: string): number[] {
  const bytes = Buffer.from(text, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4))
}
