import { assertArray, assertObject, defined } from '../fields.ts'
import { type ChatEvent, type JsonObject, WireError } from '../neutral.ts'
import { collectReply, type ReplyBlock } from '../shared/collect.ts'
import { isCustomTool, tryCustomInput } from '../shared/custom-tool.ts'
import { replyId, toolCallId } from '../shared/ids.ts'
import type { WriteContext } from '../wire.ts'
import { tryWriteAnnotation } from './annotations.ts'
import { writeFinishReason } from './finish.ts'
import { readCompletion } from './read-stream.ts'
import { writeSignature } from './read-tool-calls.ts'
import { tryWriteDetail } from './reasoning.ts'
import { writeUsage } from './usage.ts'
import { writeImage } from './write-stream.ts'

/** A whole completion → the events that would have streamed. */
export function readResponse(body: unknown): ChatEvent[] {
  const completion = assertObject(body, 'body')
  if (completion.error === undefined || completion.error === null) {
    const choices = assertArray(completion.choices, 'choices')
    assertObject(choices[0], 'choices[0]')
  }
  return readCompletion(completion)
}

export function writeResponse(events: readonly ChatEvent[], context: WriteContext): JsonObject {
  const reply = collectReply(events)
  if (reply.error) throw new WireError('error', 'upstreamError', { message: reply.error.message })
  const message = writeMessage(reply.blocks, context)
  const reason = writeFinishReason(reply.finish?.reason ?? 'stop', { refusal: message.refusal !== null })
  return {
    id: replyId('chatcmpl-', reply.id, context.id),
    object: 'chat.completion',
    created: context.createdAt,
    model: context.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: reason }],
    ...(reply.usage ? { usage: writeUsage(reply.usage) } : {}),
  }
}

type BlockOf<T extends ReplyBlock['type']> = Extract<ReplyBlock, { type: T }>

function writeMessage(blocks: readonly ReplyBlock[], context: WriteContext): JsonObject {
  const of = <T extends ReplyBlock['type']>(type: T) =>
    blocks.filter((block): block is BlockOf<T> => block.type === type)
  const texts = of('text')
  const thinking = of('thinking')
  const reasoning = thinking.map(({ text }) => text).join('')
  const calls = of('tool-call').map((call) => writeToolCall(call, context))
  const images = of('image').map(writeImage)
  const details = thinking.flatMap((block, index) => tryWriteDetail(block, index) ?? [])
  const refusals = of('refusal')
  return defined<JsonObject>({
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''),
    refusal: refusals.length === 0 ? null : refusals.map(({ text }) => text).join(''),
    annotations: texts.flatMap(({ annotations }) => annotations).flatMap((one) => tryWriteAnnotation(one) ?? []),
    reasoning_content: reasoning === '' ? undefined : reasoning,
    reasoning_details: details.length === 0 ? undefined : details,
    images: images.length === 0 ? undefined : images,
    tool_calls: calls.length === 0 ? undefined : calls,
  })
}

function writeToolCall(call: BlockOf<'tool-call'>, { request }: WriteContext): JsonObject {
  const { name, arguments: json } = call
  const called = isCustomTool(request, name)
    ? { type: 'custom', custom: { name, input: tryCustomInput(json) ?? json } }
    : { type: 'function', function: { name, arguments: json } }
  return { id: toolCallId('call_', call.id), ...called, ...writeSignature(call.signature) }
}
