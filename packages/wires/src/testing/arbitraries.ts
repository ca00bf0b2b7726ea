import fc from 'fast-check'
import { defined } from '../fields.ts'
import {
  type AssistantBlock,
  type ChatEvent,
  type ChatMessage,
  type ChatRequest,
  type FinishReason,
  type ImageBlock,
  type JsonObject,
  noUsage,
  type TextBlock,
  type ToolCallBlock,
  type ToolDefinition,
  type Usage,
  type UserBlock,
} from '../neutral.ts'

/** What every wire can say, so that any of them must give it back as it was. */

const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,11}$/)
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
const json = fc.dictionary(name, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map((value) => JSON.stringify(value))
const base64 = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => Buffer.from(bytes).toString('base64'))

/** Texts of nothing but white space say nothing. */
const textBlock: fc.Arbitrary<TextBlock> = text
  .filter((value) => value.trim() !== '')
  .map((value) => ({ type: 'text', text: value }))
const imageBlock: fc.Arbitrary<ImageBlock> = base64.map((data) => ({
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data },
}))

function parameters(): fc.Arbitrary<JsonObject> {
  return fc.dictionary(name, fc.constantFrom('string', 'integer', 'boolean'), { maxKeys: 3 }).map((fields) => ({
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([key, type]) => [key, { type }])),
    required: Object.keys(fields),
    additionalProperties: false,
  }))
}

const tool: fc.Arbitrary<ToolDefinition> = fc
  .record({ name, description: text, parameters: parameters() })
  .map((value) => ({ ...value }))

/** One turn: the user asks, the model may call tools and get their results, and answers. */
function turn(tools: readonly ToolDefinition[]): fc.Arbitrary<ChatMessage[]> {
  const ask: fc.Arbitrary<UserBlock[]> = fc
    .tuple(textBlock, fc.array(imageBlock, { maxLength: 2 }))
    .map(([first, images]) => [first, ...images])
  const calls = tools.length === 0 ? fc.constant<Called[]>([]) : fc.array(toolCall(tools), { maxLength: 2 })
  return fc.tuple(ask, fc.option(textBlock), uniqueCalls(calls), textBlock).map(([asked, said, called, answer]) => {
    const before: AssistantBlock[] = [...(said === null ? [] : [said]), ...called.map(({ call }) => call)]
    const results: UserBlock[] = called.map(({ call, result }) => ({
      type: 'tool-result',
      toolCallId: call.id,
      toolName: call.name,
      content: [result],
    }))
    const loop: ChatMessage[] = [
      { role: 'assistant', content: before },
      { role: 'user', content: results },
    ]
    return [
      { role: 'user' as const, content: asked },
      ...(called.length === 0 ? [] : loop),
      { role: 'assistant' as const, content: [answer] },
    ]
  })
}

interface Called {
  call: ToolCallBlock
  result: TextBlock
}

function toolCall(tools: readonly ToolDefinition[]): fc.Arbitrary<Called> {
  return fc
    .tuple(fc.stringMatching(/^call_[A-Za-z0-9]{8,20}$/), fc.constantFrom(...tools), json, textBlock)
    .map(([id, called, args, result]) => ({
      call: { type: 'tool-call', id, name: called.name, arguments: args },
      result,
    }))
}

function uniqueCalls(calls: fc.Arbitrary<Called[]>): fc.Arbitrary<Called[]> {
  return calls.map((list) => [...new Map(list.map((called) => [called.call.id, called])).values()])
}

export const chatRequest: fc.Arbitrary<ChatRequest> = fc
  .uniqueArray(tool, { maxLength: 3, selector: (value) => value.name })
  .chain((tools) =>
    fc.record({
      model: fc.constant('model-1'),
      stream: fc.boolean(),
      system: fc.array(textBlock, { maxLength: 1 }),
      turns: fc.array(turn(tools), { maxLength: 2 }),
      last: textBlock,
      tools: fc.constant(tools),
      toolChoice:
        tools[0] === undefined
          ? fc.constant(undefined)
          : fc.constantFrom(
              undefined,
              { type: 'auto' as const },
              { type: 'required' as const },
              { type: 'none' as const },
              { type: 'tool' as const, name: tools[0].name },
            ),
      maxTokens: fc.integer({ min: 16, max: 100_000 }),
      temperature: fc.option(fc.constantFrom(0, 0.5, 1), { nil: undefined }),
      topP: fc.option(fc.constantFrom(0.1, 0.9, 1), { nil: undefined }),
    }),
  )
  .map(({ turns, last, ...request }) =>
    defined<ChatRequest>({
      ...request,
      messages: [...turns.flat(), { role: 'user' as const, content: [last] }],
    } as ChatRequest),
  )

const count = fc.integer({ min: 0, max: 100_000 })

/** Counters that every wire has. */
export const usage: fc.Arbitrary<Usage> = fc
  .record({ input: count, output: count, cacheRead: count, thinking: count })
  .map((counts) => ({ ...noUsage, ...counts }))

type BlockEvents = (index: number) => ChatEvent[]

const fragments = fc.array(text, { minLength: 1, maxLength: 4 })

const textEvents: fc.Arbitrary<BlockEvents> = fragments.map(
  (texts) => (index) => texts.map((value): ChatEvent => ({ type: 'text', index, text: value })),
)
const thinkingEvents: fc.Arbitrary<BlockEvents> = fragments.map(
  (texts) => (index) => texts.map((value): ChatEvent => ({ type: 'thinking', index, text: value })),
)
const toolEvents: fc.Arbitrary<BlockEvents> = fc
  .tuple(fc.uuid(), name, json, fc.nat(), fc.option(base64))
  .map(([id, toolName, args, place, signature]) => (index) => {
    const middle = place % args.length
    const proof = signature === null ? {} : { signature }
    return [
      { type: 'tool-call-start', index, id: `call_${id.replaceAll('-', '')}`, name: toolName, ...proof },
      ...[args.slice(0, middle), args.slice(middle)].map(
        (part): ChatEvent => ({ type: 'tool-call-delta', index, json: part }),
      ),
    ]
  })

/** A reply as an upstream gives it: thinking, text, tool calls, each block after the other. */
export const chatEvents: fc.Arbitrary<ChatEvent[]> = fc
  .record({
    id: fc.uuid(),
    thinking: fc.option(thinkingEvents),
    said: fc.option(textEvents),
    calls: fc.array(toolEvents, { maxLength: 3 }),
    usage,
    length: fc.boolean(),
  })
  .map(({ id, thinking, said, calls, usage: counts, length }) => {
    const blocks = [thinking, said, ...calls].filter((block) => block !== null)
    const reason: FinishReason = length ? 'length' : calls.length > 0 ? 'tool-calls' : 'stop'
    return [
      { type: 'start', id, model: 'model-1' },
      ...blocks.flatMap((block, index): ChatEvent[] => [...block(index), { type: 'block-end', index }]),
      { type: 'usage', usage: counts },
      { type: 'finish', reason },
    ]
  })

/** A value with some part of it replaced by anything: what broken or hostile senders make of a good one. */
export function mutated(value: unknown): fc.Arbitrary<unknown> {
  const paths = pathsOf(value, [])
  return fc
    .tuple(
      fc.array(fc.constantFrom(...paths), { minLength: 1, maxLength: 3 }),
      fc.array(fc.jsonValue(), { minLength: 3, maxLength: 3 }),
    )
    .map(([chosen, values]) => chosen.reduce((whole, path, index) => replaceAt(whole, path, values[index]), value))
}

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const children = Array.isArray(value) ? value.entries() : Object.entries(value)
  return [path, ...[...children].flatMap(([key, child]) => pathsOf(child, [...path, key]))]
}

function replaceAt(whole: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(whole)) return whole.map((child, index) => (index === key ? replaceAt(child, rest, value) : child))
  if (typeof whole !== 'object' || whole === null) return whole
  return Object.fromEntries(
    Object.entries(whole).map(([name, child]) => [name, name === key ? replaceAt(child, rest, value) : child]),
  )
}
