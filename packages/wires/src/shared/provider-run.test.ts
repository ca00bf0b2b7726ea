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
            { type: 'fallback', from: { model: 'SEALED' }, to: { model: 'SEALED' } },
            { type: 'mcp_tool_listing', mcp_server_name: 'SEALED', tools: [] },
            {
              type: 'advisor_tool_result',
              tool_use_id: 'srvtoolu_2',
              content: { type: 'advisor_result', text: 'Ask.' },
            },
            { type: 'compaction', content: 'They like otters.', encrypted_content: 'SEALED' },
            { type: 'compaction', content: null },
            { type: 'text', text: 'Found.' },
          ],
        },
        { role: 'user', content: 'More' },
      ],
    },
    told: [
      /\(web_search: .*otters/,
      /https:\/\/a\.example/,
      /\(advisor_tool_result: .*Ask\./,
      /They like otters\./,
      /Found\./,
    ],
  },
  'openai-responses': {
    body: {
      model: 'm',
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'web_search_call', id: 'ws_SEALED', status: 'completed', action: { type: 'search', query: 'otters' } },
        { type: 'tool_search_output', call_id: 'SEALED', tools: [{ type: 'function', name: 'look' }] },
        { type: 'program_output', id: 'SEALED', result: '42' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Found.' }] },
        { role: 'user', content: 'More' },
      ],
    },
    told: [/\(web_search_call: .*otters/, /\(tool_search_output: .*look/, /\(program_output: .*42/, /Found\./],
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
            { toolCall: { id: 'SEALED', toolType: 'GOOGLE_SEARCH_WEB', args: { queries: ['otters'] } } },
            { toolResponse: { id: 'SEALED', toolType: 'GOOGLE_SEARCH_WEB', response: { found: 'rivers' } } },
            { text: 'Found.' },
          ],
        },
        { role: 'user', parts: [{ text: 'More' }] },
      ],
    },
    told: [/print\(6 \* 7\)/, /42/, /\(toolCall: .*otters/, /\(toolResponse: .*rivers/, /Found\./],
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
