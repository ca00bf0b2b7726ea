import { assertArray, assertObject, countOf, defined, isObject, join, readString, tryInteger } from '../fields.ts'
import { type JsonObject, noUsage, WireError } from '../neutral.ts'
import { createJsonMeter } from '../shared/meter.ts'
import type { EmbeddingCodec } from './codec.ts'

/** https://ai.google.dev/api/embeddings, 2026-11: one text (`embedContent`) or several (`batchEmbedContents`). */
export const geminiEmbeddings: EmbeddingCodec = {
  readRequest(body, model) {
    const requests = readRequests(body)
    const sizes = new Set(requests.map((request) => tryInteger(request, 'outputDimensionality')))
    if (sizes.size > 1) throw new WireError('requests', 'otherDimensions')
    const texts = requests.map((request, index) => readText(request, pathOf(body, index)))
    const [dimensions] = sizes
    return dimensions === undefined ? { model, texts } : { model, texts, dimensions }
  },

  writeRequest: ({ model, texts, dimensions }) => ({
    requests: texts.map((text) =>
      defined<JsonObject>({
        model: `models/${model}`,
        content: { parts: [{ text }] },
        outputDimensionality: dimensions,
      }),
    ),
  }),

  requestPath: (model) => `/v1beta/models/${encodeURIComponent(model)}:batchEmbedContents`,

  readReply(body) {
    const entries = isObject(body.embedding) ? [body.embedding] : assertArray(body.embeddings, 'embeddings')
    return {
      vectors: entries.map((entry, index) => readVector(entry, join('embeddings', index))),
      inputTokens: tryInputTokens(body),
    }
  },

  writeReply({ vectors, inputTokens }, { body }) {
    const usage = inputTokens === undefined ? {} : { usageMetadata: { promptTokenCount: inputTokens } }
    const written = vectors.map((values) => ({ values }))
    if (Array.isArray(body.requests)) return { embeddings: written, ...usage }
    return { embedding: written[0] ?? { values: [] }, ...usage }
  },

  meter: () =>
    createJsonMeter((body, readings) => {
      if (!isObject(body.embedding) && !Array.isArray(body.embeddings)) return
      readings.hasContent = true
      readings.isFinished = true
      const input = tryInputTokens(body)
      if (input !== undefined) readings.usage = { ...noUsage, input }
    }),
}

function readRequests(body: JsonObject): JsonObject[] {
  if (body.requests === undefined) return [body]
  return assertArray(body.requests, 'requests').map((request, index) => assertObject(request, join('requests', index)))
}

function pathOf(body: JsonObject, index: number): string {
  return body.requests === undefined ? '' : join('requests', index)
}

function readText(request: JsonObject, path: string): string {
  const contentPath = join(path, 'content')
  const content = assertObject(request.content, contentPath)
  const partsPath = join(contentPath, 'parts')
  return assertArray(content.parts, partsPath)
    .map((part, index) => readString(assertObject(part, join(partsPath, index)), 'text', join(partsPath, index)))
    .join('\n')
}

function readVector(entry: unknown, path: string): number[] {
  return assertArray(assertObject(entry, path).values, join(path, 'values')).map(Number)
}

function tryInputTokens({ usageMetadata }: JsonObject): number | undefined {
  return isObject(usageMetadata) ? countOf(usageMetadata, 'promptTokenCount') : undefined
}
