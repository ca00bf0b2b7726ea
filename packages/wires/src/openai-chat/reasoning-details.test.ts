import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AssistantBlock,
  type ChatDialect,
  type ChatEvent,
  type ChatMessage,
  type ChatRequest,
  type JsonObject,
  type Wire,
  type WireName,
  wireNames,
  wires,
} from '../index.ts'
import { collectReply, type ReplyBlock } from '../shared/collect.ts'
import { encodeSse, SseDecoder } from '../sse.ts'
import { readChunks, streamOf, writeContext } from '../testing/bytes.ts'

/** OpenRouter's pieces of thinking, as it streams them and as it wants them back (Reasoning tokens guide, 2026-11). */
interface Sample {
  deltas: JsonObject[]
  details: JsonObject[]
}

const call = { index: 0, id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } }

function textOf(text: string, format: string): JsonObject {
  return { reasoning: text, reasoning_details: [{ type: 'reasoning.text', text, format, index: 0 }] }
}

const unknown = 'somebody’s in a format of their own'

const samples: Record<string, Sample> = {
  'Claude’s, signed': {
    deltas: [
      textOf('Hm', 'anthropic-claude-v1'),
      textOf(' yes.', 'anthropic-claude-v1'),
      { reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 }] },
    ],
    details: [{ type: 'reasoning.text', text: 'Hm yes.', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 }],
  },
  'GPT’s, summed up and encrypted': {
    deltas: [
      {
        reasoning: 'Plan.',
        reasoning_details: [
          { type: 'reasoning.summary', summary: 'Plan.', format: 'openai-responses-v1', index: 0, id: null },
        ],
      },
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'ZW5j', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
        ],
      },
    ],
    details: [
      { type: 'reasoning.summary', summary: 'Plan.', format: 'openai-responses-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'ZW5j', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
    ],
  },
  'Gemini’s, with the signature of a call': {
    deltas: [
      textOf('Look', 'google-gemini-v1'),
      {
        reasoning_details: [
          { type: 'reasoning.encrypted', data: 'ZW5j', id: 'call_1', format: 'google-gemini-v1', index: 0 },
        ],
      },
    ],
    details: [
      { type: 'reasoning.text', text: 'Look', format: 'google-gemini-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'ZW5j', id: 'call_1', format: 'google-gemini-v1', index: 0 },
    ],
  },
  [unknown]: {
    deltas: [
      textOf('So', 'unknown'),
      textOf('...', 'unknown'),
      { reasoning_details: [{ type: 'reasoning.encrypted', data: 'eA==', format: 'xai-responses-v1', index: 1 }] },
    ],
    details: [
      { type: 'reasoning.text', text: 'So...', format: 'unknown', index: 0 },
      { type: 'reasoning.encrypted', data: 'eA==', format: 'xai-responses-v1', index: 1 },
    ],
  },
}

function replyTo(deltas: readonly JsonObject[]) {
  const choices = [
    ...deltas.map((delta) => ({ delta })),
    { delta: { tool_calls: [call] }, finish_reason: 'tool_calls' },
  ]
  const frames = choices.map((choice) =>
    encodeSse({ event: '', data: JSON.stringify({ id: 'gen-1', model: 'm', choices: [{ index: 0, ...choice }] }) }),
  )
  return readChunks(wires['openai-chat'], [Buffer.from(frames.join(''))])
}

function asHistory(blocks: readonly ReplyBlock[]): AssistantBlock[] {
  return blocks.map((block) => {
    assert.ok(block.type === 'thinking' || block.type === 'tool-call')
    return block
  })
}

const question: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const result: ChatMessage = {
  role: 'user',
  content: [{ type: 'tool-result', toolCallId: 'call_1', toolName: 'look', content: [{ type: 'text', text: 'ok' }] }],
}

function asked(content: AssistantBlock[]): ChatRequest {
  const messages: ChatMessage[] = [question, { role: 'assistant', content }, result]
  const tools = [{ name: 'look', parameters: { type: 'object', properties: {} } }]
  return { model: 'm', stream: false, system: [], messages, tools, maxTokens: 9000 }
}

function assistantIn(request: ChatRequest, dialect: ChatDialect): JsonObject | undefined {
  const messages = wires['openai-chat'].writeRequest(request, dialect).messages as JsonObject[]
  return messages.find(({ role }) => role === 'assistant')
}

function sentDetails(request: ChatRequest): unknown {
  return assistantIn(request, 'openrouter')?.reasoning_details
}

/** What a client of the wire hands back of a reply that it was given whole, and of one that it was streamed. */
interface Client {
  keep(reply: JsonObject): JsonObject
  keepStream(events: JsonObject[]): JsonObject
}

const clients: Record<Exclude<WireName, 'openai-chat'>, Client> = {
  anthropic: {
    keep: ({ content }) => ({
      model: 'm',
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: content ?? [] },
      ],
    }),
    keepStream: (events) => clients.anthropic.keep({ content: joinBlocks(events) }),
  },
  'openai-responses': {
    keep: ({ output }) => ({ model: 'm', input: output ?? [] }),
    keepStream: (events) => clients['openai-responses'].keep(events.at(-1)?.response as JsonObject),
  },
  gemini: {
    keep: (reply) => clients.gemini.keepStream([reply]),
    keepStream: (events) => {
      const contents = events.flatMap(({ candidates }) => (candidates as { content: JsonObject }[])[0]?.content ?? [])
      return { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }, ...contents] }
    },
  },
}

function joinBlocks(events: readonly JsonObject[]): JsonObject[] {
  const blocks: JsonObject[] = []
  for (const { type, content_block: block, delta } of events) {
    if (type === 'content_block_start') blocks.push({ ...(block as JsonObject) })
    const { thinking, signature } = type === 'content_block_delta' ? (delta as { [field: string]: string }) : {}
    const last = blocks.at(-1) as { [field: string]: string } | undefined
    if (last && thinking !== undefined) last.thinking += thinking
    if (last && signature !== undefined) last.signature = signature
  }
  return blocks
}

function streamedTo(wire: Wire, events: readonly ChatEvent[]): JsonObject[] {
  const decoder = new SseDecoder()
  return [...decoder.push(streamOf(wire, events)), ...decoder.end()].map(({ data }) => JSON.parse(data) as JsonObject)
}

describe('pieces of thinking that OpenRouter wants back', () => {
  for (const [name, { deltas, details }] of Object.entries(samples)) {
    const events = replyTo(deltas)
    const content = asHistory(collectReply(events).blocks)

    it(`are handed back by the chat as they were: ${name}`, () => {
      assert.deepEqual(sentDetails(asked(content)), details)
      const later = { ...asked(content), messages: [...asked(content).messages, question] }
      assert.deepEqual(sentDetails(later), details, 'in later turns, too')
    })

    for (const [wireName, client] of Object.entries(clients)) {
      it(`are handed back by clients of ${wireName}, streamed to or not: ${name}`, () => {
        const wire = wires[wireName as WireName]
        const whole = client.keep(wire.writeResponse(events, writeContext))
        const streamed = client.keepStream(streamedTo(wire, events))
        for (const body of [whole, streamed]) {
          const request = wire.readRequest(body, { model: 'm', stream: false })
          assert.deepEqual(sentDetails(request), details)
        }
      })
    }

    it(`are shown to other clients of its wire: ${name}`, () => {
      const { choices } = wires['openai-chat'].writeResponse(events, writeContext)
      assert.deepEqual((choices as { message: JsonObject }[])[0]?.message.reasoning_details, details)
    })

    it(`go to nobody else: ${name}`, () => {
      const secrets = ['c2ln', 'ZW5j', 'eA==', 'reasoning_details']
      for (const wire of wireNames) {
        const sent = JSON.stringify(wires[wire].writeRequest(asked(content)))
        for (const secret of secrets) assert.ok(!sent.includes(secret), `${wire}: ${sent}`)
      }
      assert.equal(assistantIn(asked(content), 'compatible')?.reasoning_details, undefined)
    })

    it(`are thoughts aloud to other servers only where no provider holds the rest: ${name}`, () => {
      const text = name === unknown ? 'So...' : undefined
      assert.equal(assistantIn(asked(content), 'compatible')?.reasoning_content, text)
    })
  }
})
