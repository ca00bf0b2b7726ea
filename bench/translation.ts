/** `node scripts/launch.mjs bench/translation.ts`: what translation alone costs, without a server or a socket around it. */
import { parseArgs } from 'node:util'
import { isObject, SseDecoder, type SseEvent, wires } from '@parley/wires'
import { createScenarios } from './scenarios.ts'

const help = `Usage: node scripts/launch.mjs bench/translation.ts [options]

An OpenAI Chat request to Anthropic's, and Anthropic's stream to OpenAI Chat's.

Options:
  --rounds <n>   rounds, of which the best counts (15)
  --only <text>  only what has this in its name
`

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, only: { type: 'string' }, help: { type: 'boolean' } },
})
if (values.help) {
  process.stdout.write(help)
  process.exit()
}
const rounds = Number(values.rounds)

interface Case {
  readonly name: string
  readonly repeats: number
  readonly run: () => number
}

const cases: readonly Case[] = [
  { name: 'request', repeats: 2_000, run: translateRequest },
  { name: 'request, 80 KB', repeats: 200, run: translateLargeRequest },
  { name: 'stream of 20 events, 3 chunks', repeats: 2_000, run: passing(streamOf(14), 3) },
  { name: 'stream of 20 events, a chunk each', repeats: 2_000, run: passing(streamOf(14), 20) },
  { name: 'stream of 10,000 events, 4 a chunk', repeats: 5, run: passing(streamOf(9_994), 2_500) },
]

const bodies = createScenarios(7).find(({ name }) => name === 'translated')?.bodies ?? []
const largeBody = largeRequest()
let turn = 0

for (const { name, repeats, run } of cases) {
  if (values.only !== undefined && !name.includes(values.only)) continue
  for (let index = 0; index < repeats; index += 1) run()
  const times = Array.from({ length: rounds }, () => timeOf(repeats, run))
  console.log(
    `${name.padEnd(36)} ${Math.min(...times)
      .toFixed(1)
      .padStart(9)} µs`,
  )
}

/** CPU time of this process, microseconds for one run. The best round counts: whatever else the machine does only adds. */
function timeOf(repeats: number, run: () => number): number {
  const before = process.cpuUsage()
  let length = 0
  for (let index = 0; index < repeats; index += 1) length += run()
  const { user, system } = process.cpuUsage(before)
  if (length === 0) throw new Error('nothing was written')
  return (user + system) / repeats
}

function translateRequest(): number {
  turn += 1
  return translate(bodies[turn % bodies.length] ?? '')
}

function translateLargeRequest(): number {
  return translate(largeBody)
}

/** With the parsing of the body, which the door does. */
function translate(body: string): number {
  const json: unknown = JSON.parse(body)
  const request = wires['openai-chat'].readRequest(json)
  return JSON.stringify(wires.anthropic.writeRequest({ ...request, model: 'upstream' })).length
}

function passing(frames: readonly string[], chunkCount: number): () => number {
  const size = Math.ceil(frames.length / chunkCount)
  const chunks = Array.from({ length: chunkCount }, (_, index) =>
    Buffer.from(frames.slice(index * size, (index + 1) * size).join('')),
  )
  const context = { id: 'chatcmpl-bench', model: 'claude', createdAt: 1_700_000_000, includeUsage: true }
  return () => {
    const sse = new SseDecoder()
    const reader = wires.anthropic.readStream()
    const write = wires['openai-chat'].writeStream(context)
    const pass = (events: readonly SseEvent[]): number => {
      let text = ''
      for (const event of events) for (const neutral of reader.read(event)) text += write(neutral)
      return text.length
    }
    let length = 0
    for (const chunk of chunks) length += pass(sse.push(chunk))
    return length + pass(sse.end())
  }
}

/** Frames as Anthropic sends them: `message_start`, a block with a ping and its deltas, `message_delta`, `message_stop`. */
function streamOf(deltaCount: number): string[] {
  const words = ['你好，', 'the ', 'stream ', '🚀 ', 'carries ', '"quoted" ', 'line\n', 'words ']
  const usage = { input_tokens: 100, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content: [], usage }
  const data: { type: string; [field: string]: unknown }[] = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
  ]
  for (let index = 0; index < deltaCount; index += 1) {
    const text = words[index % words.length] ?? ''
    data.push({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })
  }
  data.push(
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage },
    { type: 'message_stop' },
  )
  return data.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

/** A long conversation with tools, as coding agents send it. */
function largeRequest(): string {
  const agent: unknown = JSON.parse(createScenarios(7).find(({ name }) => name === 'stream-80k')?.bodies[0] ?? '{}')
  if (!isObject(agent)) throw new Error('the scenario has no body')
  return JSON.stringify(wires['openai-chat'].writeRequest(wires.anthropic.readRequest(agent)))
}
