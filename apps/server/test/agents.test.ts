/**
 * Coding agents as they are, told nothing but a base URL and a key, before every kind of upstream: each reads a file with a
 * tool of its own and says what is in it. They are large and no part of the project: install them somewhere
 * (`npm install --prefix <folder> @anthropic-ai/claude-code @openai/codex @google/gemini-cli @qwen-code/qwen-code`) and
 * name the folder in TEST_AGENTS_DIR. Those that are not there are skipped.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type FakeUpstream, startFakeUpstream } from '@parley/testkit'
import { startServer, type TestServer } from './harness.ts'

interface Place {
  readonly url: string
  readonly key: string
  readonly model: string
  /** Where it works; the file is in it. */
  readonly folder: string
  readonly home: string
}

interface Agent {
  readonly name: string
  readonly command: string
  /** Its tool that can show a file, and how it is called. */
  readonly tools: { readonly [name: string]: (file: string) => { [name: string]: string | string[] } }
  /** The upstreams that it is tried before; absent: all. */
  readonly before?: readonly string[]
  prepare?(place: Place): Promise<void>
  run(place: Place): { readonly arguments: readonly string[]; readonly env: { readonly [name: string]: string } }
}

const prompt = 'What is the word in note.txt?'
const word = 'Quetzalcoatlus'

const claudeCode: Agent = {
  name: 'claude-code',
  command: 'claude',
  tools: { Read: (file) => ({ file_path: file }) },
  run: ({ url, key, model }) => ({
    arguments: ['-p', prompt, '--output-format', 'json', '--model', model],
    env: {
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: key,
      ANTHROPIC_SMALL_FAST_MODEL: model,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
  }),
}

const codex: Agent = {
  name: 'codex',
  command: 'codex',
  tools: {
    exec_command: (file) => ({ cmd: `cat ${file}` }),
    shell: (file) => ({ command: ['cat', file] }),
    shell_command: (file) => ({ command: `cat ${file}` }),
  },
  run: ({ url, key, model }) => ({
    arguments: [
      'exec',
      '--skip-git-repo-check',
      '--dangerously-bypass-approvals-and-sandbox',
      '-m',
      model,
      '-c',
      `openai_base_url="${url}/v1"`,
      prompt,
    ],
    env: { OPENAI_API_KEY: key, CODEX_API_KEY: key },
  }),
}

const geminiCli: Agent = {
  name: 'gemini-cli',
  command: 'gemini',
  tools: { read_file: (file) => ({ file_path: file }) },
  prepare: async ({ home }) => {
    const settings = {
      security: { auth: { selectedType: 'gemini-api-key' } },
      privacy: { usageStatisticsEnabled: false },
    }
    await mkdir(join(home, '.gemini'), { recursive: true })
    await writeFile(join(home, '.gemini', 'settings.json'), JSON.stringify(settings))
  },
  run: ({ url, key, model }) => ({
    arguments: ['-p', prompt, '-m', model, '--approval-mode', 'yolo'],
    env: { GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url, GEMINI_CLI_TRUST_WORKSPACE: 'true' },
  }),
}

const qwenVariables = {
  openai: ({ url, key, model }: Place) => ({
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_KEY: key,
    OPENAI_MODEL: model,
  }),
  'openai-responses': ({ url, key, model }: Place) => ({
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_KEY: key,
    OPENAI_MODEL: model,
  }),
  anthropic: ({ url, key, model }: Place) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    ANTHROPIC_MODEL: model,
  }),
  gemini: ({ url, key, model }: Place) => ({
    GEMINI_API_KEY: key,
    GOOGLE_GEMINI_BASE_URL: url,
    GEMINI_BASE_URL: url,
    GEMINI_MODEL: model,
  }),
}

const qwenCode = (Object.keys(qwenVariables) as (keyof typeof qwenVariables)[]).map(
  (type): Agent => ({
    name: `qwen-code, ${type}`,
    command: 'qwen',
    // Of the other wires there are the agents above: here it is that this client speaks them, too.
    before: type === 'openai' ? ['claude-sonnet-4-5', 'gpt-4-compatible'] : ['gpt-4-compatible'],
    tools: { read_file: (file) => ({ file_path: file, absolute_path: file }) },
    run: (place) => ({
      arguments: ['-p', prompt, '-m', place.model, '--auth-type', type, '--approval-mode', 'yolo'],
      env: qwenVariables[type](place),
    }),
  }),
)

const agents = [claudeCode, codex, geminiCli, ...qwenCode]

const upstreams = [
  { model: 'claude-sonnet-4-5', account: { kind: 'anthropic' } },
  { model: 'gpt-4-compatible', account: { kind: 'openai', wires: ['openai-chat'] } },
  { model: 'gpt-5', account: { kind: 'openai', wires: ['openai-responses'] } },
  { model: 'gemini-2.5-pro', account: { kind: 'gemini' } },
] as const

const agentsFolder = process.env['TEST_AGENTS_DIR'] ?? ''
const binaryOf = ({ command }: Agent) => join(agentsFolder, 'node_modules', '.bin', command)
/** A second or two when nothing else is running. */
const longestRunMs = 120_000

describe('coding agents, with nothing but a base URL and a key', () => {
  let upstream: FakeUpstream
  let server: TestServer
  let key: string

  before(async () => {
    upstream = await startFakeUpstream()
    server = await startServer()
    for (const { model, account } of upstreams)
      await server.addAccount({ name: model, ...account, base_url: upstream.url, api_key: 'secret', models: [model] })
    key = (await server.addKey()).key
  })
  beforeEach(() => upstream.clear())
  after(async () => {
    await server?.[Symbol.asyncDispose]()
    await upstream?.close()
  })

  for (const agent of agents) {
    const skip = existsSync(binaryOf(agent)) ? false : `${agent.command} is not in TEST_AGENTS_DIR`
    describe(agent.name, { skip }, () => {
      for (const { model, account } of upstreams) {
        if (agent.before?.includes(model) === false) continue
        const wire = 'wires' in account ? account.wires[0] : account.kind
        test(`reads a file before an upstream of ${wire}`, { timeout: longestRunMs }, async () => {
          await using folder = await temporaryFolder()
          const place: Place = { url: server.url, key, model, folder: folder.path, home: join(folder.path, '.home') }
          const file = join(folder.path, 'note.txt')
          await mkdir(place.home)
          await writeFile(file, `The word is ${word}.\n`)
          await agent.prepare?.(place)
          upstream.always(({ received }) => replyTo(received.body.toString(), agent, file))

          const ended = await runAgent(agent, place)
          assert.equal(ended.status, 0, ended.output)
          assert.match(ended.output, new RegExp(`I read: ${word}`))
          const records = await server.settledRecords()
          assert.deepEqual(
            records.flatMap(({ http_status: status, error_code: code }) => (status === 200 ? [] : `${status} ${code}`)),
            [],
          )
        })
      }
    })
  }
})

/** The model: calls the tool, and says what it showed. A question of the agent's own is answered in JSON, if it wants that. */
function replyTo(body: string, agent: Agent, file: string) {
  if (body.includes(`The word is ${word}`)) return { text: `I read: ${word}` }
  const tool = Object.keys(agent.tools).find((name) => new RegExp(`"name":\\s*"${name}"`).test(body))
  if (tool === undefined) return { text: '{"reasoning":"simple","model_choice":"flash","complexity_score":1}' }
  return { thinking: 'Let me look.', text: '', tools: [{ name: tool, arguments: agent.tools[tool]?.(file) ?? {} }] }
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'parley-agent-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) }
}

async function runAgent(agent: Agent, place: Place): Promise<{ status: number | null; output: string }> {
  const { arguments: given, env } = agent.run(place)
  const child = spawn(binaryOf(agent), given, {
    cwd: place.folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: place.home, NO_COLOR: '1', CI: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestRunMs - 5000,
  })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.on('error', reject)
  child.on('close', resolve)
  return { status: await promise, output: Buffer.concat(chunks).toString('utf8') }
}
