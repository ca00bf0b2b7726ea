import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import type {
  AssistantBlock,
  ChatMessage,
  ChatRequest,
  JsonValue,
  ThinkingBlock,
  ToolDefinition,
  UserBlock,
  WireName,
} from './neutral.ts'
import { WireError, wireNames, wires } from './index.ts'
import { type Fate, type Feature, type FeatureName, features, meaningfulExtras } from './losses.ts'
import { renderLosses } from './losses-table.ts'
import { customTool } from './shared/custom-tool.ts'
import { asJson } from './testing/bytes.ts'

/** Every line of the table, on every wire, against what the wire's writer and reader really do. */

const hello: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Hello' }] }
const tool: ToolDefinition = { name: 'look', parameters: { type: 'object', properties: {} } }
const base: ChatRequest = {
  model: 'gemini-2.5-pro',
  stream: false,
  system: [],
  messages: [hello],
  tools: [],
  maxTokens: 4096,
}

/** A request with the feature, and the same without it. */
interface Sample {
  with: ChatRequest
  without: ChatRequest
}

function setting(fields: Partial<ChatRequest>, others: Partial<ChatRequest> = {}): Sample {
  return { with: { ...base, ...others, ...fields }, without: { ...base, ...others } }
}

function said(withIt: UserBlock[], without: UserBlock[] = []): Sample {
  const request = (content: UserBlock[]): ChatRequest => ({
    ...base,
    messages: [{ role: 'user', content: [...(hello.content as UserBlock[]), ...content] }],
  })
  return { with: request(withIt), without: request(without) }
}

function answered(withIt: AssistantBlock[], without: AssistantBlock[]): Sample {
  const request = (content: AssistantBlock[]): ChatRequest => ({
    ...base,
    messages: [hello, { role: 'assistant', content }, hello],
  })
  return { with: request(withIt), without: request(without) }
}

const call: AssistantBlock = { type: 'tool-call', id: 'call_1', name: 'look', arguments: '{}' }
const png = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' } } as const

/** The model has called a tool and has its result. */
function inLoop(
  before: AssistantBlock[],
  result: Partial<Extract<UserBlock, { type: 'tool-result' }>> = {},
): ChatRequest {
  const content = [{ type: 'text' as const, text: 'seen' }]
  const answer: UserBlock = { type: 'tool-result', toolCallId: 'call_1', toolName: 'look', content, ...result }
  return {
    ...base,
    tools: [tool],
    messages: [hello, { role: 'assistant', content: before }, { role: 'user', content: [answer] }],
  }
}

const fileIds: Record<WireName, string> = {
  anthropic: 'file_011CNha8iCJcU1wXNR6q4V8w',
  'openai-chat': 'file-abc123',
  'openai-responses': 'file-abc123',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/files/abc123',
}

const ownThinking: Record<WireName, ThinkingBlock> = {
  anthropic: { type: 'thinking', text: 'Hm.', signature: 'c2ln', wire: 'anthropic' },
  'openai-chat': { type: 'thinking', text: 'Hm.' },
  'openai-responses': { type: 'thinking', text: 'Hm.', id: 'rs_1', encrypted: 'ZW5j', wire: 'openai-responses' },
  gemini: { type: 'thinking', text: 'Hm.', signature: 'c2ln', wire: 'gemini' },
}

const ownAnnotations: Record<WireName, { type: string; [field: string]: string | number }> = {
  anthropic: { type: 'char_location', cited_text: 'x', document_index: 0, start_char_index: 0, end_char_index: 1 },
  'openai-chat': { type: 'url_citation' },
  'openai-responses': { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 1 },
  gemini: { type: 'none' },
}

function another(name: WireName): WireName {
  return name === 'anthropic' || name === 'gemini' ? 'openai-responses' : 'anthropic'
}

function foreignTool(target: WireName): ToolDefinition {
  return { name: 'search', builtin: { wire: another(target), definition: { type: 'search' } } }
}

const text: AssistantBlock = { type: 'text', text: 'Hi' }
const schema = { type: 'object', properties: {}, required: [], additionalProperties: false }
const document = { type: 'document', source: { kind: 'text', text: 'Words' }, title: 'notes.txt' } as const
const pdf = {
  type: 'document',
  source: { kind: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
  title: 'a.pdf',
} as const

const samples: Record<FeatureName, (target: WireName) => Sample> = {
  topK: () => setting({ topK: 40 }),
  highTemperature: () => setting({ temperature: 1.5 }),
  seed: () => setting({ seed: 7 }),
  presencePenalty: () => setting({ presencePenalty: 0.5 }, { model: 'gemini-2.0-flash' }),
  frequencyPenalty: () => setting({ frequencyPenalty: 0.5 }, { model: 'gemini-2.0-flash' }),
  stop: () => setting({ stop: ['END'] }),
  serialToolCalls: () => setting({ parallelToolCalls: false }, { tools: [tool] }),
  forcedTool: () => setting({ toolChoice: { type: 'required' } }, { tools: [tool] }),
  json: () => setting({ output: { type: 'json' } }),
  jsonSchema: () => setting({ output: { type: 'json-schema', schema } }),
  jsonSchemaLabels: () =>
    setting(
      { output: { type: 'json-schema', name: 'x', description: 'y', strict: true, schema } },
      { output: { type: 'json-schema', schema } },
    ),
  thinkingOff: () => setting({ reasoning: { enabled: false } }, { model: 'gemini-2.5-flash' }),
  effort: () => setting({ reasoning: { effort: 'high' } }, { model: 'gemini-3-pro' }),
  budget: () => setting({ reasoning: { enabled: true, budgetTokens: 8000 } }, { reasoning: { enabled: true } }),
  summary: () => setting({ reasoning: { enabled: true, summary: 'auto' } }, { reasoning: { enabled: true } }),
  encryptedThinking: () => setting({ reasoning: { enabled: true, encrypted: true } }, { reasoning: { enabled: true } }),
  userId: () => setting({ userId: 'user-7' }),
  metadata: () => setting({ metadata: { team: 'blue' } }),
  everydayTier: () => setting({ serviceTier: 'default' }),
  otherTier: () => setting({ serviceTier: 'flex' }),
  cacheKey: () => setting({ cacheKey: 'key-7' }),
  onlyInstructions: () => ({
    with: { ...base, system: [{ type: 'text', text: 'Say hello' }], messages: [] },
    without: base,
  }),
  laterInstruction: () => ({
    with: {
      ...base,
      messages: [
        hello,
        { role: 'assistant', content: [text] },
        { role: 'system', content: [{ type: 'text', text: 'Be brief' }] },
        hello,
      ],
    },
    without: { ...base, messages: [hello, { role: 'assistant', content: [text] }, hello] },
  }),
  userName: () => ({
    with: { ...base, messages: [{ ...hello, name: 'Ann' }] },
    without: { ...base, messages: [hello] },
  }),
  assistantName: () => ({
    with: { ...base, messages: [hello, { role: 'assistant', content: [text], name: 'Bea' }, hello] },
    without: { ...base, messages: [hello, { role: 'assistant', content: [text] }, hello] },
  }),
  cacheMarks: () => said([{ type: 'text', text: 'Long', cache: { ttl: '1h' } }], [{ type: 'text', text: 'Long' }]),
  imageDetail: () => said([{ ...png, detail: 'low' }], [png]),
  imageUrl: () => said([{ type: 'image', source: { kind: 'url', url: 'https://a.example/a.png' } }]),
  imageFile: (target) => said([{ type: 'image', source: { kind: 'file', fileId: fileIds[target] } }]),
  documentUrl: () => said([{ type: 'document', source: { kind: 'url', url: 'https://a.example/a.pdf' } }]),
  foreignFile: (target) => said([{ type: 'document', source: { kind: 'file', fileId: fileIds[another(target)] } }]),
  textDocument: () => said([document]),
  documentContext: () => said([{ ...pdf, context: 'From the archive' }], [pdf]),
  citations: () => said([{ ...pdf, citations: true }], [pdf]),
  audio: () =>
    said([{ type: 'audio', source: { kind: 'base64', mediaType: 'audio/wav', data: 'AAAA' }, format: 'wav' }]),
  toolResultMedia: () => ({
    with: { ...inLoop([call], { content: [png] }), model: 'gemini-3-pro' },
    without: { ...inLoop([call], { content: [] }), model: 'gemini-3-pro' },
  }),
  toolResultError: () => ({ with: inLoop([call], { isError: true }), without: inLoop([call]) }),
  strictTools: () => ({
    with: { ...base, tools: [{ ...tool, parameters: schema, strict: true }] },
    without: { ...base, tools: [{ ...tool, parameters: schema }] },
  }),
  freeTextTools: () =>
    setting(
      { tools: [tool, customTool({ name: 'patch', description: undefined, grammar: undefined })] },
      { tools: [tool] },
    ),
  foreignTools: (target) => setting({ tools: [tool, foreignTool(target)] }, { tools: [tool] }),
  forcedForeignTool: (target) =>
    setting({ toolChoice: { type: 'tool', name: 'search' } }, { tools: [tool, foreignTool(target)] }),
  ownThinking: (target) => ({ with: inLoop([ownThinking[target], call]), without: inLoop([call]) }),
  foreignThinking: (target) => ({ with: inLoop([ownThinking[another(target)], call]), without: inLoop([call]) }),
  refusal: () => answered([text, { type: 'refusal', text: 'No.' }], [text]),
  assistantImage: () => answered([text, png], [text]),
  annotations: (target) =>
    answered(
      [
        {
          type: 'text',
          text: 'Hi',
          annotations: [{ kind: 'url', url: 'https://a.example', title: 'A', raw: ownAnnotations[target] }],
        },
      ],
      [text],
    ),
  callSignature: () => ({ with: inLoop([{ ...call, signature: 'c2ln' }]), without: inLoop([call]) }),
}

function write(target: WireName, request: ChatRequest): unknown {
  return asJson(wires[target].writeRequest(request))
}

function readBack(target: WireName, request: ChatRequest): ChatRequest {
  return wires[target].readRequest(write(target, request), { model: request.model, stream: request.stream })
}

const checks: Record<Fate, (feature: Feature, sample: Sample, target: WireName) => void> = {
  carried: (feature, sample, target) => {
    assert.notEqual(feature.find(readBack(target, sample.with), target), undefined, 'it must be read back')
  },
  reshaped: (feature, sample, target) => {
    assert.notDeepEqual(write(target, sample.with), write(target, sample.without), 'it must be said somehow')
    assert.equal(feature.find(readBack(target, sample.with), target), undefined, 'it must be another thing now')
  },
  dropped: (_feature, sample, target) => {
    assert.deepEqual(write(target, sample.with), write(target, sample.without))
  },
  refused: (feature, sample, target) => {
    assert.throws(
      () => write(target, sample.with),
      (error) => error instanceof WireError && error.field === feature.find(sample.with, target),
    )
    write(target, sample.without)
  },
}

describe('what a wire cannot say', () => {
  for (const [name, feature] of Object.entries<Feature>(features)) {
    for (const target of wireNames) {
      const fate = feature.fates[target]
      it(`${name} to ${target} is ${fate}`, () => {
        const sample = samples[name as FeatureName](target)
        assert.notEqual(feature.find(sample.with, target), undefined, 'the sample must have the feature')
        assert.equal(feature.find(sample.without, target), undefined, 'the counter-sample must not')
        checks[fate](feature, sample, target)
      })
    }
  }

  it('refuses the fields of another wire that change the reply, and drops the others', () => {
    const values = {
      n: 2,
      logprobs: true,
      modalities: ['text', 'audio'],
      'generationConfig.responseModalities': ['IMAGE'],
    }
    for (const source of wireNames) {
      for (const field of Object.keys(meaningfulExtras[source])) {
        const value = (values as { [field: string]: JsonValue })[field] ?? { a: 1 }
        const [outer = '', inner] = field.split('.')
        const extra = { [source]: inner === undefined ? { [outer]: value } : { [outer]: { [inner]: value } } }
        for (const target of wireNames.filter((other) => other !== source)) {
          assert.throws(() => write(target, { ...base, extra }), { name: 'WireError', field })
        }
      }
      const harmless = { ...base, extra: { [source]: { store: false, n: 1, context_management: { edits: [] } } } }
      for (const target of wireNames.filter((other) => other !== source)) {
        assert.deepEqual(write(target, harmless), write(target, base))
      }
      assert.equal((write(source, harmless) as { store?: boolean }).store, false, 'its own wire says it again')
    }
  })

  it('refuses what must be called when only foreign tools are offered', () => {
    for (const target of wireNames) {
      const request: ChatRequest = { ...base, tools: [foreignTool(target)], toolChoice: { type: 'required' } }
      assert.throws(() => write(target, request), { name: 'WireError', field: 'tool_choice' })
      assert.deepEqual(write(target, { ...request, toolChoice: { type: 'auto' } }), write(target, base))
    }
  })

  it('is in README.md as it is in the code (update-readme.ts writes it)', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    assert.ok(readme.includes(renderLosses()), 'README.md differs from losses.ts')
  })
})
