import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertLinear } from '@parley/testkit'
import type { ChatEvent, ChatRequest } from '@parley/wires'
import { countTokens, type SimulateOptions, simulate } from './simulator.ts'

function requestFor(text: string, more: Partial<ChatRequest> = {}): ChatRequest {
  const messages: ChatRequest['messages'] = [{ role: 'user', content: [{ type: 'text', text }] }]
  return { model: 'gpt-4', stream: true, system: [], messages, tools: [], ...more }
}

async function run(request: ChatRequest, options: Partial<SimulateOptions> = {}): Promise<ChatEvent[]> {
  const { signal } = new AbortController()
  const events: ChatEvent[] = []
  for await (const event of simulate(request, { delayMs: 0, signal, model: 'gpt-4', ...options })) events.push(event)
  return events
}

const textOf = (events: readonly ChatEvent[]) =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('')
const last = (events: readonly ChatEvent[], type: ChatEvent['type']) => events.findLast((event) => event.type === type)

describe('simulate', () => {
  test('says who it is, then types character by character', async () => {
    const events = await run(requestFor('Hi there'), { model: 'gpt-4-turbo' })
    const pieces = events.flatMap((event) => (event.type === 'text' ? [event.text] : []))
    assert.match(pieces[0] ?? '', /^\[gpt-4-turbo\] .$/u)
    assert.ok(pieces.length > 20)
    assert.ok(pieces.slice(1).every((piece) => Array.from(piece).length === 1))
    assert.equal(events[0]?.type, 'start')
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop' })
  })

  test('answers what was said last, also after a message that got no answer', async () => {
    const texts = ['/fail 500', 'Hello again']
    const content = texts.map((text) => ({ type: 'text' as const, text }))
    const events = await run(requestFor('', { messages: [{ role: 'user', content }] }))
    assert.match(textOf(events), /Hello again/)
    assert.equal(last(events, 'error'), undefined)
  })

  test('reads what it is told and what it is in time linear in its length', async () => {
    const told = (text: string) => run(requestFor(text))
    await assertLinear(told, { repeated: '\n' })
    await assertLinear(told, { repeated: '\r' })
    await assertLinear(told, { before: '\n', repeated: ' ' })
    await assertLinear(told, { repeated: '/fail' })
    const played = (text: string) => run(requestFor('Hi', { system: [{ type: 'text', text: `你是“A”。${text}` }] }))
    await assertLinear(played, { repeated: '其他成员（' })
    await assertLinear(played, { before: '其他成员（', repeated: '“', after: '）的话以“名字：”开头' })
    const content = Array.from({ length: 10_000 }, () => ({ type: 'text' as const, text: 'B' }))
    const crowd = (text: string) =>
      run(
        requestFor('', { system: [{ type: 'text', text: `你是“A”。${text}` }], messages: [{ role: 'user', content }] }),
      )
    await assertLinear(crowd, { before: '其他成员（', repeated: '“B”', after: '）的话以“名字：”开头' })
  })

  test('takes 10 to 50 ms for a character when no delay is set, the same each time', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const { signal } = new AbortController()
    const stream = simulate(requestFor('Hi'), { delayMs: undefined, signal, model: 'm' })
    for (let skipped = 0; skipped < 2; skipped++) await stream.next()
    let isThere = false
    const piece = stream.next().finally(() => {
      isThere = true
    })
    t.mock.timers.tick(9)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(isThere, false)
    t.mock.timers.tick(41)
    assert.equal((await piece).value?.type, 'text')
  })

  test('gives the same reply to the same request', async () => {
    assert.deepEqual(await run(requestFor('tell me')), await run(requestFor('tell me')))
  })

  test('answers in the language of the person', async () => {
    assert.match(textOf(await run(requestFor('你好，请问天气如何？'))), /\p{Script=Han}{4}/u)
    assert.doesNotMatch(textOf(await run(requestFor('How is the weather?'))), /\p{Script=Han}/u)
  })

  test('speaks in character when the system prompt asks for one', async () => {
    const replies = await Promise.all(
      ['友善、耐心的客服', '专业、严谨的技术专家', '风趣、幽默'].map(async (personality) =>
        textOf(await run(requestFor('你好', { system: [{ type: 'text', text: personality }] }))),
      ),
    )
    assert.equal(new Set(replies).size, 3)
  })

  test('fails with the status that it is told', async () => {
    const events = await run(requestFor('/fail 529'))
    assert.equal(events.length, 1)
    const [error] = events
    assert.ok(error?.type === 'error')
    assert.equal(error.error.status, 529)
    assert.equal(error.error.kind, 'overloaded')
  })

  test('writes as much as it is told', async () => {
    assert.equal(textOf(await run(requestFor('/long 5000'))).length, '[gpt-4] '.length + 5000)
  })

  test('thinks before it speaks when told, and counts that apart', async () => {
    const events = await run(requestFor('/think what is 2+2?'))
    const firstText = events.findIndex((event) => event.type === 'text')
    assert.ok(events.findIndex((event) => event.type === 'thinking') < firstText)
    const usage = last(events, 'usage')
    assert.ok(usage?.type === 'usage' && usage.usage.thinking > 0 && usage.usage.output > 0)
  })

  test('calls a tool with arguments that fit its schema, and answers from what the tool said', async () => {
    const tools = [
      {
        name: 'get_weather',
        parameters: {
          type: 'object',
          properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
        },
      },
    ]
    const events = await run(requestFor('/tool', { tools }))
    const json = events.map((event) => (event.type === 'tool-call-delta' ? event.json : '')).join('')
    assert.deepEqual(JSON.parse(json), { city: 'example', unit: 'celsius' })
    assert.deepEqual(last(events, 'finish'), { type: 'finish', reason: 'tool-calls' })

    const { messages } = requestFor('/tool')
    const result = {
      type: 'tool-result' as const,
      toolCallId: 'x',
      content: [{ type: 'text' as const, text: 'sunny' }],
    }
    const answered = await run(requestFor('', { tools, messages: [...messages, { role: 'user', content: [result] }] }))
    assert.match(textOf(answered), /sunny/)
    assert.deepEqual(last(answered, 'finish'), { type: 'finish', reason: 'stop' })
  })

  test('stops at the token limit and at a stop sequence, and says which', async () => {
    const limited = await run(requestFor('/long 1000', { maxTokens: 10 }))
    assert.deepEqual(last(limited, 'finish'), { type: 'finish', reason: 'length' })
    const usage = last(limited, 'usage')
    assert.ok(usage?.type === 'usage')
    assert.equal(usage.usage.output, 10)
    assert.ok(countTokens(textOf(limited)) <= 10)

    const stopped = await run(requestFor('/long 1000', { stop: ['no play'] }))
    assert.match(textOf(stopped), /All work and $/)
    assert.deepEqual(last(stopped, 'finish'), { type: 'finish', reason: 'stop-sequence', stopSequence: 'no play' })
  })

  test('counts what it was sent and what it said', async () => {
    const events = await run(requestFor('abcdefgh'))
    const usage = last(events, 'usage')
    assert.ok(usage?.type === 'usage')
    assert.equal(usage.usage.input, 4 + 2)
    assert.equal(usage.usage.output, countTokens(textOf(events)))
  })

  test('ends at once when it is aborted', async () => {
    const controller = new AbortController()
    let pieces = 0
    await assert.rejects(
      async () => {
        for await (const event of simulate(requestFor('/long 5000'), {
          delayMs: 0,
          signal: controller.signal,
          model: 'm',
        })) {
          if (event.type === 'text' && ++pieces === 5) controller.abort()
        }
      },
      { name: 'AbortError' },
    )
    assert.equal(pieces, 5)
  })

  test('answers with JSON alone when JSON is asked for', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } } }
    const events = await run(requestFor('status?', { output: { type: 'json-schema', schema } }))
    assert.deepEqual(JSON.parse(textOf(events)), { ok: true })
  })
})

test('in a group it answers the person, in character and without its own name', async () => {
  const request = requestFor('', {
    system: [
      {
        type: 'text',
        text: '你是“技术专家”。性格：专业、严谨。其他成员（“客服小助手”、“幽默达人”）的话以“名字：”开头。',
      },
    ],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: '幽默达人：小黄鸭' },
          { type: 'text', text: '问题：服务器很慢' },
          { type: 'text', text: '客服小助手：您好！' },
        ],
      },
    ],
  })
  const reply = textOf(await run(request))
  assert.match(reply, /“问题：服务器很慢”/)
  assert.match(reply, /技术|测量/)
  assert.doesNotMatch(reply, /^\[/)
})
