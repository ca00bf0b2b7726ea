import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type JsonObject, type WireName, wireNames, wires } from '../index.ts'

/** Conversations in which a provider's own tools took part. */
const conversations: Partial<Record<WireName, { body: JsonObject; told: RegExp[] }>> = {
  anthropic: {
    body: {
      model: 'm',
      max_tokens: 100,
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'otters' } },
            {
              type: 'web_search_tool_result',
              tool_use_id: 'srvtoolu_1',
              content: [
                { type: 'web_search_result', url: 'https://a.example', title: 'Otters', encrypted_content: 'SEALED' },
              ],
            },
            { type: 'text', text: 'Found.' },
          ],
        },
        { role: 'user', content: 'More' },
      ],
    },
    told: [/\(web_search: .*otters/, /https:\/\/a\.example/, /Found\./],
  },
  'openai-responses': {
    body: {
      model: 'm',
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'web_search_call', id: 'ws_SEALED', status: 'completed', action: { type: 'search', query: 'otters' } },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Found.' }] },
        { role: 'user', content: 'More' },
      ],
    },
    told: [/\(web_search_call: .*otters/, /Found\./],
  },
  gemini: {
    body: {
      contents: [
        { role: 'user', parts: [{ text: 'Hi' }] },
        {
          role: 'model',
          parts: [
            { executableCode: { language: 'PYTHON', code: 'print(6 * 7)' } },
            { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '42' } },
            { text: 'Found.' },
          ],
        },
        { role: 'user', parts: [{ text: 'More' }] },
      ],
    },
    told: [/print\(6 \* 7\)/, /42/, /Found\./],
  },
}

describe("what a provider's own tools did", () => {
  for (const [from, conversation] of Object.entries(conversations)) {
    for (const to of wireNames.filter((name) => name !== from)) {
      it(`is told from ${from} to ${to} as text, without what nobody else can read`, () => {
        const { body, told } = conversation
        const request = wires[from as WireName].readRequest(body, { model: 'm', stream: false })
        const written = JSON.stringify(wires[to].writeRequest(request)).replaceAll('\\"', '"')
        for (const pattern of told) assert.match(written, pattern)
        assert.doesNotMatch(written, /SEALED|srvtoolu/)
        assert.deepEqual(
          request.messages.map(({ role }) => role),
          ['user', 'assistant', 'user'],
        )
      })
    }
  }
})
