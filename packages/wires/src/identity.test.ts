import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { defined } from './fields.ts'
import { type AssistantBlock, type ChatMessage, type ChatRequest, type UserBlock, wires } from './index.ts'
import { asJson } from './testing/bytes.ts'

/** Everything that one wire can say, all at once, given back as it was: neutral → wire → neutral. */

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
/** Texts of nothing but white space say nothing. */
const said = text.filter((words) => words.trim() !== '')
const id = fc.stringMatching(/^[a-z0-9]{8}$/)
const base64 = fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const url = id.map((name) => `https://files.example/${name}`)
const schema = fc.constant({ type: 'object', properties: { a: { type: 'string' } }, additionalProperties: false })
const json = fc.dictionary(id, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }).map((value) => JSON.stringify(value))

/** A record whose optional fields are there or not. */
function some<T extends object>(
  fields: { [K in keyof T]: fc.Arbitrary<Exclude<T[K], undefined>> },
  required: (keyof T)[],
) {
  return fc.record(fields, { requiredKeys: required as never[] }).map((value) => defined(value as never) as T)
}

function assertIdentity(name: 'anthropic' | 'openai-chat', request: fc.Arbitrary<ChatRequest>): void {
  const wire = wires[name]
  fc.assert(
    fc.property(request, (given) => {
      assert.deepEqual(asJson(wire.readRequest(asJson(wire.writeRequest(given)))), asJson(given))
    }),
    { numRuns: 1000 },
  )
}

const settings = {
  model: fc.constant('claude-or-gpt'),
  stream: fc.constant(false),
  maxTokens: fc.integer({ min: 1, max: 1e6 }),
  temperature: fc.constantFrom(0, 0.3, 1),
  topP: fc.constantFrom(0, 0.5, 1),
  stop: fc.array(text, { minLength: 1, maxLength: 3 }),
  parallelToolCalls: fc.constant(false),
}

/** Results answer the calls before them, as every upstream demands it. */
function conversation(
  user: fc.Arbitrary<UserBlock>,
  assistant: fc.Arbitrary<AssistantBlock[]>,
  result: fc.Arbitrary<UserBlock>,
) {
  const message: fc.Arbitrary<ChatMessage> = fc.oneof(
    fc.record({ role: fc.constant('user' as const), content: fc.array(user, { minLength: 1, maxLength: 3 }) }),
    fc.record({ role: fc.constant('assistant' as const), content: assistant }),
    fc.record({
      role: fc.constant('system' as const),
      content: fc.array(fc.record({ type: fc.constant('text' as const), text: said }), { minLength: 1, maxLength: 2 }),
    }),
    fc.record({ role: fc.constant('user' as const), content: fc.array(result, { minLength: 1, maxLength: 2 }) }),
  )
  return fc.array(message, { minLength: 1, maxLength: 5 })
}

describe('requests on the Anthropic wire', () => {
  const cache = fc.constantFrom({}, { ttl: '5m' as const }, { ttl: '1h' as const })
  const textBlock = some({ type: fc.constant('text' as const), text: said, cache }, ['type', 'text'])
  // What a reply shall begin with may not end with white space.
  const spoken = some({ type: fc.constant('text' as const), text: said.map((value) => value.trimEnd()), cache }, [
    'type',
    'text',
  ])
  const source = fc.oneof(
    fc.record({
      kind: fc.constant('base64' as const),
      mediaType: fc.constantFrom('image/png', 'image/jpeg'),
      data: base64,
    }),
    fc.record({ kind: fc.constant('url' as const), url }),
    fc.record({ kind: fc.constant('file' as const), fileId: id.map((name) => `file_${name}`) }),
  )
  const image = some({ type: fc.constant('image' as const), source, cache }, ['type', 'source'])
  const documentSource = fc.oneof(
    fc.record({ kind: fc.constant('base64' as const), mediaType: fc.constant('application/pdf'), data: base64 }),
    fc.record({ kind: fc.constant('text' as const), text }),
    fc.record({ kind: fc.constant('url' as const), url }),
  )
  const document = some(
    {
      type: fc.constant('document' as const),
      source: documentSource,
      title: text,
      context: text,
      citations: fc.boolean(),
      cache,
    },
    ['type', 'source'],
  )
  const result = some(
    {
      type: fc.constant('tool-result' as const),
      toolCallId: id,
      content: fc.array(fc.oneof(textBlock, image, document), { minLength: 1, maxLength: 2 }),
      isError: fc.boolean(),
      cache,
    },
    ['type', 'toolCallId', 'content'],
  )
  const thinking = fc.oneof(
    fc.record({
      type: fc.constant('thinking' as const),
      text,
      signature: base64,
      wire: fc.constant('anthropic' as const),
    }),
    fc.record({
      type: fc.constant('thinking' as const),
      text: fc.constant(''),
      encrypted: base64,
      wire: fc.constant('anthropic' as const),
    }),
  )
  const call = some({ type: fc.constant('tool-call' as const), id, name: id, arguments: json, cache }, [
    'type',
    'id',
    'name',
    'arguments',
  ])
  const tool = some({ name: id, description: text, parameters: schema, strict: fc.boolean(), cache }, [
    'name',
    'parameters',
  ])
  const builtin = id.map((name) => ({
    name,
    builtin: { wire: 'anthropic' as const, definition: { type: 'web_search_20260318', name } },
  }))
  const reasoning = fc.oneof(
    fc.constant({ enabled: false }),
    some(
      {
        enabled: fc.constant(true),
        effort: fc.constantFrom('low' as const, 'high' as const, 'max' as const),
        budgetTokens: fc.integer({ min: 1024, max: 9999 }),
        summary: fc.constantFrom('auto' as const, 'omitted' as const),
      },
      ['enabled'],
    ),
  )

  it('come back as they were', () => {
    assertIdentity(
      'anthropic',
      some<ChatRequest>(
        {
          ...settings,
          system: fc.array(textBlock, { maxLength: 3 }),
          messages: conversation(
            fc.oneof(textBlock, image, document, result),
            fc.array(fc.oneof(spoken, thinking, call), { minLength: 1, maxLength: 4 }),
            result,
          ),
          tools: fc.array(fc.oneof(tool, builtin), { minLength: 1, maxLength: 3 }),
          toolChoice: fc.constantFrom(
            { type: 'auto' as const },
            { type: 'required' as const },
            { type: 'tool' as const, name: 'x' },
          ),
          topK: fc.integer({ min: 1, max: 100 }),
          output: schema.map((value) => ({ type: 'json-schema' as const, schema: value })),
          reasoning,
          userId: text,
          serviceTier: fc.constantFrom('auto', 'default'),
          extra: fc.constant({
            anthropic: { context_management: { edits: [] }, metadata: { more: 1 }, speed: 'fast' },
          }),
        } as never,
        ['model', 'stream', 'maxTokens', 'system', 'messages', 'tools', 'toolChoice'],
      ).map(withRoomToThink),
    )
  })
})

/** Thinking by a budget needs room, a free choice of tools, and a question to begin with. */
function withRoomToThink(request: ChatRequest): ChatRequest {
  if (request.reasoning?.budgetTokens === undefined) return request
  const content = [{ type: 'text' as const, text: 'Well?' }]
  const messages: ChatMessage[] = [...request.messages, { role: 'assistant', content }, { role: 'user', content }]
  return { ...request, maxTokens: 20_000, toolChoice: { type: 'auto' }, messages }
}

describe('requests on the OpenAI Chat wire', () => {
  const textBlock = fc.record({ type: fc.constant('text' as const), text })
  const image = some(
    {
      type: fc.constant('image' as const),
      source: fc.oneof(
        fc.record({
          kind: fc.constant('base64' as const),
          mediaType: fc.constantFrom('image/png', 'image/jpeg'),
          data: base64,
        }),
        fc.record({ kind: fc.constant('url' as const), url }),
      ),
      detail: fc.constantFrom('low' as const, 'high' as const, 'auto' as const),
    },
    ['type', 'source'],
  )
  const document = fc.oneof(
    fc.record({
      type: fc.constant('document' as const),
      source: fc.record({
        kind: fc.constant('base64' as const),
        mediaType: fc.constant('application/pdf'),
        data: base64,
      }),
      title: text,
    }),
    fc.record({
      type: fc.constant('document' as const),
      source: fc.record({ kind: fc.constant('file' as const), fileId: id.map((name) => `file-${name}`) }),
    }),
  )
  const audio = fc.record({
    type: fc.constant('audio' as const),
    source: fc.record({ kind: fc.constant('base64' as const), mediaType: fc.constant('audio/wav'), data: base64 }),
    format: fc.constant('wav'),
  })
  const result = fc.record({
    type: fc.constant('tool-result' as const),
    toolCallId: id,
    content: fc.array(textBlock, { maxLength: 2 }),
  })
  const call = fc.record({ type: fc.constant('tool-call' as const), id, name: id, arguments: json })
  const refusal = fc.record({ type: fc.constant('refusal' as const), text })
  const assistant = fc
    .tuple(fc.array(textBlock, { minLength: 1, maxLength: 2 }), fc.option(refusal), fc.array(call, { maxLength: 2 }))
    .map(([texts, refused, calls]): AssistantBlock[] => [...texts, ...(refused === null ? [] : [refused]), ...calls])
  const tool = some({ name: id, description: text, parameters: schema, strict: fc.boolean() }, ['name'])

  /** What stands before the conversation is the system prompt, and results in a row are one message. */
  const isNormal = ({ messages }: ChatRequest): boolean =>
    messages[0]?.role !== 'system' &&
    messages.every((message, index) => !(isResults(message) && isResults(messages[index - 1])))
  const isResults = (message: ChatMessage | undefined): boolean =>
    message?.role === 'user' && message.content.every(({ type }) => type === 'tool-result')

  it('come back as they were', () => {
    const request = some<ChatRequest>(
      {
        ...settings,
        system: fc.array(textBlock, { maxLength: 3 }),
        messages: conversation(fc.oneof(textBlock, image, document, audio), assistant, result),
        tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
        toolChoice: fc.constantFrom(
          { type: 'auto' as const },
          { type: 'none' as const },
          { type: 'tool' as const, name: 'x' },
        ),
        seed: fc.integer(),
        presencePenalty: fc.constantFrom(-2, 0.5),
        frequencyPenalty: fc.constantFrom(-2, 0.5),
        output: fc.oneof(
          fc.constantFrom({ type: 'text' as const }, { type: 'json' as const }),
          schema.map((value) => ({
            type: 'json-schema' as const,
            name: 'n',
            description: 'd',
            schema: value,
            strict: true,
          })),
        ),
        reasoning: fc.constantFrom(
          { enabled: false },
          { enabled: true, effort: 'minimal' as const },
          { enabled: true, effort: 'xhigh' as const },
        ),
        userId: text,
        metadata: fc.dictionary(id, text, { maxKeys: 2 }),
        serviceTier: fc.constantFrom('auto', 'default', 'flex', 'priority'),
        cacheKey: id,
        extra: fc.constant({ 'openai-chat': { verbosity: 'low', logit_bias: { 50256: -100 }, store: true } }),
      } as never,
      ['model', 'stream', 'system', 'messages', 'tools'],
    )
    assertIdentity('openai-chat', request.filter(isNormal).map(withWordsOfJson))
  })
})

/** JSON as the output must be spoken of. */
function withWordsOfJson(request: ChatRequest): ChatRequest {
  if (request.output?.type !== 'json') return request
  return { ...request, system: [...request.system, { type: 'text', text: 'In JSON.' }] }
}
