import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  BetaMessageParam,
  BetaThinkingConfigAdaptive,
  BetaThinkingConfigParam,
  BetaToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/beta/messages/messages'
import type { FunctionCallingConfigMode, ThinkingLevel } from '@google/genai'
import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions/completions'
import type { ReasoningEffort } from 'openai/resources/shared'
import { type ChatRequest, type JsonObject, type Reasoning, WireError, type WireName, wires } from './index.ts'

/** What the newest clients can say inside of fields, as values of a list: each with what it is read as. */

function read(wire: WireName, body: JsonObject): ChatRequest {
  return wires[wire].readRequest(body, { model: 'm', stream: false })
}

/** Undefined when it is refused. */
function tryRead(wire: WireName, body: JsonObject): ChatRequest | undefined {
  try {
    return read(wire, body)
  } catch (error) {
    assert.ok(error instanceof WireError, String(error))
    return undefined
  }
}

function valuesOf<Value>(table: Record<string, Value>, readOne: (name: string) => Value): void {
  assert.deepEqual(Object.fromEntries(Object.keys(table).map((name) => [name, readOne(name)])), table)
}

const hello = [{ role: 'user', content: 'Hi' }]

const chatRoles: Record<ChatCompletionMessageParam['role'], 'read' | 'refused'> = {
  system: 'read',
  developer: 'read',
  user: 'read',
  assistant: 'read',
  tool: 'read',
  function: 'refused',
}
const anthropicRoles: Record<BetaMessageParam['role'], 'read' | 'refused'> = {
  user: 'read',
  assistant: 'read',
  system: 'read',
}

const chatTools: Record<ChatCompletionTool['type'], 'read' | 'refused'> = { function: 'read', custom: 'read' }

type ResultPart = Exclude<BetaToolResultBlockParam['content'], string | undefined>[number]['type']
const resultParts: Record<ResultPart, 'read' | 'refused'> = {
  text: 'read',
  image: 'read',
  document: 'read',
  search_result: 'read',
  tool_reference: 'read',
  browser_state: 'refused',
}

describe('values in requests', () => {
  it('are roles of messages', () => {
    const fateOf = (wire: 'anthropic' | 'openai-chat') => (role: string) => {
      const message = { role, content: 'x', tool_call_id: 'call_1', name: 'look' }
      return tryRead(wire, { model: 'm', max_tokens: 9, messages: [message] }) === undefined ? 'refused' : 'read'
    }
    valuesOf(chatRoles, fateOf('openai-chat'))
    valuesOf(anthropicRoles, fateOf('anthropic'))
  })

  it('are tools of OpenAI Chat that every wire can have', () => {
    valuesOf(chatTools, (type) => {
      const { tools } = read('openai-chat', {
        model: 'm',
        messages: hello,
        tools: [{ type, [type]: { name: 'look' } }],
      })
      return tools[0]?.builtin === undefined ? 'read' : 'refused'
    })
  })

  it('are parts of results of Anthropic', () => {
    valuesOf(resultParts, (type) => {
      const source = { type: 'base64', media_type: 'image/png', data: 'AAAA' }
      const part = { type, text: 'x', source: type === 'search_result' ? 'x' : source, title: 'x', tool_name: 'x' }
      const content = [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ ...part, content: [] }] }]
      const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content }] }
      return tryRead('anthropic', body) === undefined ? 'refused' : 'read'
    })
  })

  it('are ways to think', () => {
    const efforts: Record<NonNullable<ReasoningEffort>, Reasoning['effort']> = {
      none: undefined,
      minimal: 'minimal',
      low: 'low',
      medium: 'medium',
      high: 'high',
      xhigh: 'xhigh',
      max: 'max',
    }
    const onChat = (effort: string) => read('openai-chat', { model: 'm', messages: hello, reasoning_effort: effort })
    const onResponses = (effort: string) => read('openai-responses', { model: 'm', input: 'Hi', reasoning: { effort } })
    valuesOf(efforts, (effort) => onChat(effort).reasoning?.effort)
    valuesOf(efforts, (effort) => onResponses(effort).reasoning?.effort)

    const thinking = (value: JsonObject) =>
      read('anthropic', { model: 'm', max_tokens: 9, messages: hello, thinking: value }).reasoning
    const types: Record<BetaThinkingConfigParam['type'], boolean> = {
      enabled: true,
      adaptive: true,
      between_tools: true,
      disabled: false,
    }
    valuesOf(types, (type) => thinking({ type })?.enabled === true)
    const displays: Record<NonNullable<BetaThinkingConfigAdaptive['display']>, Reasoning['summary']> = {
      summarized: 'auto',
      updates: 'auto',
      omitted: 'omitted',
    }
    valuesOf(displays, (display) => thinking({ type: 'adaptive', display })?.summary)

    const levels: Record<`${ThinkingLevel}`, Reasoning['effort']> = {
      THINKING_LEVEL_UNSPECIFIED: undefined,
      MINIMAL: 'minimal',
      LOW: 'low',
      MEDIUM: 'medium',
      HIGH: 'high',
    }
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]
    valuesOf(levels, (level) => {
      const generationConfig = { thinkingConfig: { thinkingLevel: level } }
      return read('gemini', { contents, generationConfig }).reasoning?.effort
    })
    const modes: Record<`${FunctionCallingConfigMode}`, string | undefined> = {
      MODE_UNSPECIFIED: undefined,
      AUTO: 'auto',
      ANY: 'required',
      NONE: 'none',
      VALIDATED: 'auto',
    }
    valuesOf(
      modes,
      (mode) => read('gemini', { contents, toolConfig: { functionCallingConfig: { mode } } }).toolChoice?.type,
    )
  })

  it('are formats of Gemini: text as every wire has it, all others refused', () => {
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false }
    const asked = (responseFormat: JsonObject[]) => read('gemini', { contents, generationConfig: { responseFormat } })
    for (const mimeType of ['application/json', 'APPLICATION_JSON']) {
      assert.deepEqual(asked([{ text: { mimeType, schema } }]).output, { type: 'json-schema', schema, strict: true })
      assert.deepEqual(asked([{ text: { mimeType } }]).output, { type: 'json' })
    }
    assert.deepEqual(asked([{ text: { mimeType: 'text/plain' } }]).output, { type: 'text' })
    assert.equal(asked([{ text: { mimeType: 'application/json' } }]).extra, undefined)
    for (const format of [[{ image: {} }], [{ text: {} }, { image: {} }], [{ text: { mimeType: 'text/x.enum' } }]]) {
      const request = asked(format)
      assert.throws(() => wires['openai-chat'].writeRequest(request), {
        name: 'WireError',
        field: 'generationConfig.responseFormat',
      })
      assert.deepEqual(wires.gemini.writeRequest(request).generationConfig, { responseFormat: format })
    }
  })
})
