/** What is measured: a request that a real client would send, in variants, so that nothing can be remembered of it. */

export interface Scenario {
  name: string
  title: string
  path: string
  headers: Record<string, string>
  bodies: string[]
  /** The end of a complete reply, to be sure that nothing was cut. */
  endsWith: string
}

export const models = { anthropic: 'claude-sonnet-4-5', openai: 'gpt-5' } as const

const variants = 16
const anthropicHeaders = { 'anthropic-version': '2023-06-01', 'content-type': 'application/json' }

export function createScenarios(seed: number): Scenario[] {
  const random = createRandom(seed)
  const bodies = (build: (text: string) => object, characters: number) =>
    Array.from({ length: variants }, () => JSON.stringify(build(sampleText(random, characters))))
  return [
    {
      name: 'stream',
      title: 'Anthropic stream, small body',
      path: '/v1/messages',
      headers: anthropicHeaders,
      bodies: bodies((text) => anthropicBody(text, true), 300),
      endsWith: 'message_stop"}\n\n',
    },
    {
      name: 'stream-80k',
      title: 'Anthropic stream, 80 KB body',
      path: '/v1/messages',
      headers: anthropicHeaders,
      bodies: bodies((text) => codingAgentBody(text), 80_000),
      endsWith: 'message_stop"}\n\n',
    },
    {
      name: 'whole',
      title: 'Anthropic, not streamed',
      path: '/v1/messages',
      headers: anthropicHeaders,
      bodies: bodies((text) => anthropicBody(text, false), 300),
      endsWith: '}',
    },
    {
      name: 'openai-stream',
      title: 'OpenAI Chat stream',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
      bodies: bodies((text) => openaiBody(text, models.openai), 300),
      endsWith: 'data: [DONE]\n\n',
    },
    {
      name: 'translated',
      title: 'OpenAI Chat stream, by Parley from an Anthropic upstream',
      path: '/v1/chat/completions',
      headers: { 'content-type': 'application/json' },
      bodies: bodies((text) => openaiBody(text, models.anthropic), 300),
      endsWith: 'data: [DONE]\n\n',
    },
  ]
}

function anthropicBody(text: string, stream: boolean) {
  return { model: models.anthropic, max_tokens: 1024, stream, messages: [{ role: 'user', content: text }] }
}

/** The shape of what coding agents send: a system prompt, tools, and a long history of calls and results. */
function codingAgentBody(text: string) {
  const size = Math.floor(text.length / 40)
  const part = (index: number) => text.slice(index * size, (index + 1) * size)
  const history = Array.from({ length: 14 }, (_, index) => [
    {
      role: 'assistant',
      content: [{ type: 'tool_use', id: `toolu_${index}`, name: 'read_file', input: { path: part(index) } }],
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_${index}`, content: part(index + 14) }] },
  ])
  return {
    ...anthropicBody(text, true),
    system: [{ type: 'text', text: part(28) + part(29), cache_control: { type: 'ephemeral' } }],
    tools: Array.from({ length: 10 }, (_, index) => ({
      name: `tool_${index}`,
      description: part(30 + index),
      input_schema: { type: 'object', properties: { path: { type: 'string' }, limit: { type: 'integer' } } },
    })),
    messages: [{ role: 'user', content: 'Please find out why the test fails.' }, ...history.flat()],
  }
}

function openaiBody(text: string, model: string) {
  const messages = [{ role: 'user', content: text }]
  return { model, stream: true, stream_options: { include_usage: true }, messages }
}

/** Words with line breaks and quotes, which JSON has to escape, as code does. */
function sampleText(random: () => number, characters: number): string {
  const words = [
    'const',
    'await',
    'request',
    'stream',
    '"value"',
    'return',
    'the',
    'of',
    'number',
    '\n  ',
    '模型',
    'test',
  ]
  let text = ''
  while (text.length < characters) text += `${words[Math.floor(random() * words.length)]} `
  return text.slice(0, characters)
}

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
