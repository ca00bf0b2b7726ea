import { assertArray, defined, isObject } from '../fields.ts'
import { type ChatEvent, type JsonObject, type JsonValue, WireError } from '../neutral.ts'
import { readRequest as readChatRequest } from '../openai-chat/read-request.ts'
import { writeFinishReason } from '../openai-chat/finish.ts'
import { readErrorObject } from '../openai-chat/errors.ts'
import { readUsage, writeUsage } from '../openai-chat/usage.ts'
import { replyId } from '../shared/ids.ts'
import { tryParseObject } from '../shared/json.ts'
import { createJsonMeter, createStreamMeter, type Readings } from '../shared/meter.ts'
import { decodeRaw, encodeSseJson } from '../sse.ts'
import type { Meter, Wire, WriteContext } from '../wire.ts'

/**
 * OpenAI's legacy completions (https://platform.openai.com/docs/api-reference/completions, 2026-11) for upstreams that only
 * chat: the prompt is what the user says, the reply's text is its continuation.
 */
export const completions: Pick<Wire, 'readRequest' | 'writeStream' | 'writeResponse'> & {
  meter(kind: 'stream' | 'json'): Meter
} = {
  readRequest(body) {
    const { prompt, suffix, best_of: bestOf, echo, logprobs, ...rest } = body as JsonObject
    refuseSet({ suffix, echo, logprobs: logprobs === 0 ? null : logprobs, best_of: bestOf === 1 ? null : bestOf })
    return readChatRequest({ ...rest, messages: [{ role: 'user', content: readPrompt(prompt) }] })
  },

  writeStream(context) {
    const envelope = createEnvelope(context)
    return (event) => {
      const json = writeChunk(event, envelope)
      if (json === undefined) return ''
      const isLast = event.type === 'finish'
      return `${encodeSseJson('', JSON.stringify(json))}${isLast ? envelope.ending() : ''}`
    }
  },

  writeResponse(events, context) {
    const envelope = createEnvelope(context)
    let finish: JsonValue = 'stop'
    let text = ''
    for (const event of events) {
      const chunk = writeChunk(event, envelope)
      const [choice] = Array.isArray(chunk?.choices) ? chunk.choices : []
      if (!isObject(choice)) continue
      text += typeof choice.text === 'string' ? choice.text : ''
      if (event.type === 'finish') finish = choice.finish_reason ?? finish
    }
    const choices = [{ text, index: 0, logprobs: null, finish_reason: finish }]
    return defined<JsonObject>({ ...envelope.fields(), choices, usage: envelope.usage() })
  },

  meter: (kind) => (kind === 'json' ? createJsonMeter(readBody) : createCompletionStreamMeter()),
}

/** Fields that a chat has no word for, when they say more than nothing. */
function refuseSet(fields: { readonly [name: string]: JsonValue | undefined }): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null || value === false || value === '') continue
    throw new WireError(name, 'noCounterpartInChat')
  }
}

function readPrompt(prompt: JsonValue | undefined): string {
  if (typeof prompt === 'string') return prompt
  const [only, ...others] = assertArray(prompt, 'prompt')
  if (typeof only === 'string' && others.length === 0) return only
  throw new WireError('prompt', 'notOneText')
}

/** What every piece of a reply has. */
function createEnvelope(context: WriteContext) {
  let id = context.id
  let usage: JsonObject | undefined
  const fields = (): JsonObject => ({
    id: replyId('cmpl-', id, context.id),
    object: 'text_completion',
    created: context.createdAt,
    model: context.model,
  })
  return {
    fields,
    start: (upstreamId: string) => {
      id = upstreamId
    },
    use: (said: JsonObject) => {
      usage = said
    },
    usage: () => usage,
    ending: () => {
      const report =
        context.includeUsage && usage !== undefined
          ? encodeSseJson('', JSON.stringify({ ...fields(), choices: [], usage }))
          : ''
      return `${report}data: [DONE]\n\n`
    },
  }
}

function writeChunk(event: ChatEvent, envelope: ReturnType<typeof createEnvelope>): JsonObject | undefined {
  const chunk = (text: string, finish: string | null): JsonObject => ({
    ...envelope.fields(),
    choices: [{ text, index: 0, logprobs: null, finish_reason: finish }],
  })
  if (event.type === 'start') envelope.start(event.id)
  else if (event.type === 'usage') envelope.use(writeUsage(event.usage))
  else if (event.type === 'text' || event.type === 'refusal') return chunk(event.text, null)
  else if (event.type === 'finish') return chunk('', writeFinishReason(event.reason, { refusal: false }))
  return undefined
}

// ── Bytes that pass through ──────────────────────────────────────────────────────────────────────────────────────────

function createCompletionStreamMeter(): Meter {
  let hasFinishReason = false
  return createStreamMeter(
    (_event, data, readings) => {
      if (data === '[DONE]') readings.isFinished = true
      else if (readPiece(tryParseObject(decodeRaw(data)), readings)) hasFinishReason = true
    },
    (readings) => {
      if (hasFinishReason) readings.isFinished = true
    },
  )
}

/** Returns whether it has a reason to finish. */
function readPiece(piece: JsonObject | undefined, readings: Readings): boolean {
  if (piece === undefined) return false
  if (isObject(piece.usage)) readings.usage = readUsage(piece.usage, piece.service_tier)
  if (isObject(piece.error)) readings.error = readErrorObject(piece, { message: 'The upstream reported an error' })
  const choices = Array.isArray(piece.choices) ? piece.choices.filter(isObject) : []
  for (const { text } of choices) if (typeof text === 'string') readings.contentLength += text.length
  if (choices.some(({ text }) => text !== '')) readings.hasContent = true
  const finishes = choices.some(({ finish_reason: reason }) => typeof reason === 'string')
  if (finishes) readings.hasContent = true
  return finishes
}

function readBody(body: JsonObject, readings: Readings): void {
  if (readPiece(body, readings) || Array.isArray(body.choices)) {
    readings.hasContent = true
    readings.isFinished = true
  }
}
