import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type {
  BetaContentBlockParam,
  BetaStopReason,
  MessageCreateParamsBase,
} from '@anthropic-ai/sdk/resources/beta/messages/messages'
import type { FinishReason as GeminiFinishReason, GenerateContentConfig, GenerationConfig, Part } from '@google/genai'
import type {
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsBase,
} from 'openai/resources/chat/completions/completions'
import type { ResponseCreateParamsBase, ResponseInputItem } from 'openai/resources/responses/responses'
import {
  type ChatEvent,
  type FinishReason,
  type JsonObject,
  type JsonValue,
  WireError,
  type WireName,
  wires,
} from './index.ts'
import { meaningfulExtras } from './losses.ts'
import { encodeSse } from './sse.ts'
import { readChunks } from './testing/bytes.ts'

/**
 * What the newest clients of the providers can say (@anthropic-ai/sdk 1.11.0, openai 7.55.0, @google/genai 3.1.0; November
 * 2026), each with what becomes of it. Their own types are the keys: what a newer client adds fails to compile here.
 */

/** Of a field of requests. Read: the neutral form has it. Refused, dropped: by upstreams of other wires. */
type Fate = 'read' | 'refused' | 'dropped'

/** The newest models have no settings of sampling, and the client no types for them; the API still has both. */
type AnthropicParameter =
  | Exclude<keyof MessageCreateParamsBase, 'betas' | 'user_profile_id' | 'workspace_id'>
  | 'temperature'
  | 'top_k'
  | 'top_p'
type Known<Parameters> = Exclude<keyof Parameters, symbol | number>

const anthropicParameters: Record<AnthropicParameter, Fate> = {
  model: 'read',
  max_tokens: 'read',
  messages: 'read',
  system: 'read',
  tools: 'read',
  tool_choice: 'read',
  temperature: 'read',
  top_k: 'read',
  top_p: 'read',
  stop_sequences: 'read',
  stream: 'read',
  thinking: 'read',
  output_config: 'read',
  output_format: 'read',
  metadata: 'read',
  service_tier: 'read',
  container: 'refused',
  mcp_servers: 'refused',
  inference_geo: 'refused',
  thread: 'refused',
  compaction: 'refused',
  billing_policy: 'dropped',
  cache_control: 'dropped',
  context_management: 'dropped',
  diagnostics: 'dropped',
  fallback_credit_token: 'dropped',
  fallbacks: 'dropped',
  speed: 'dropped',
}

const chatParameters: Record<Known<ChatCompletionCreateParamsBase>, Fate> = {
  model: 'read',
  messages: 'read',
  tools: 'read',
  tool_choice: 'read',
  parallel_tool_calls: 'read',
  max_completion_tokens: 'read',
  max_tokens: 'read',
  temperature: 'read',
  top_p: 'read',
  stop: 'read',
  seed: 'read',
  presence_penalty: 'read',
  frequency_penalty: 'read',
  response_format: 'read',
  reasoning_effort: 'read',
  safety_identifier: 'read',
  user: 'read',
  metadata: 'read',
  service_tier: 'read',
  prompt_cache_key: 'read',
  stream: 'read',
  n: 'refused',
  logprobs: 'refused',
  top_logprobs: 'refused',
  logit_bias: 'refused',
  functions: 'refused',
  function_call: 'refused',
  web_search_options: 'refused',
  audio: 'refused',
  modalities: 'refused',
  moderation: 'dropped',
  prediction: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  store: 'dropped',
  stream_options: 'dropped',
  verbosity: 'dropped',
}

const responsesParameters: Record<Known<ResponseCreateParamsBase>, Fate> = {
  model: 'read',
  input: 'read',
  instructions: 'read',
  tools: 'read',
  tool_choice: 'read',
  parallel_tool_calls: 'read',
  max_output_tokens: 'read',
  temperature: 'read',
  top_p: 'read',
  text: 'read',
  reasoning: 'read',
  include: 'read',
  user: 'read',
  metadata: 'read',
  service_tier: 'read',
  prompt_cache_key: 'read',
  stream: 'read',
  background: 'refused',
  conversation: 'refused',
  previous_response_id: 'refused',
  prompt: 'refused',
  top_logprobs: 'refused',
  max_tool_calls: 'refused',
  access_programs: 'dropped',
  context_management: 'dropped',
  image: 'dropped',
  moderation: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  safety_identifier: 'read',
  store: 'read',
  stream_options: 'dropped',
  truncation: 'dropped',
}

/** What the client itself does with its settings is not sent. */
type GeminiParameter = Exclude<
  keyof GenerateContentConfig | keyof GenerationConfig,
  'httpOptions' | 'abortSignal' | 'automaticFunctionCalling' | 'automaticContinuation'
>

const geminiParameters: Record<GeminiParameter, Fate> = {
  systemInstruction: 'read',
  tools: 'read',
  toolConfig: 'read',
  serviceTier: 'read',
  maxOutputTokens: 'read',
  temperature: 'read',
  topP: 'read',
  topK: 'read',
  candidateCount: 'read',
  stopSequences: 'read',
  seed: 'read',
  presencePenalty: 'read',
  frequencyPenalty: 'read',
  thinkingConfig: 'read',
  responseMimeType: 'read',
  responseSchema: 'read',
  responseJsonSchema: 'read',
  responseFormat: 'read',
  cachedContent: 'refused',
  continuationToken: 'refused',
  responseModalities: 'refused',
  responseLogprobs: 'refused',
  speechConfig: 'refused',
  translationConfig: 'refused',
  logprobs: 'dropped',
  audioTimestamp: 'dropped',
  audioTranscriptionConfig: 'dropped',
  enableAffectiveDialog: 'dropped',
  enableEnhancedCivicAnswers: 'dropped',
  generationOutputConfig: 'dropped',
  imageConfig: 'dropped',
  labels: 'dropped',
  mediaResolution: 'dropped',
  modelArmorConfig: 'dropped',
  modelSelectionConfig: 'dropped',
  routingConfig: 'dropped',
  safetySettings: 'dropped',
  store: 'dropped',
}

/** All others are in `generationConfig`. */
const geminiOuter: ReadonlySet<string> = new Set([
  'systemInstruction',
  'tools',
  'toolConfig',
  'serviceTier',
  'cachedContent',
  'continuationToken',
  'labels',
  'modelArmorConfig',
  'safetySettings',
  'store',
])

const requests: { readonly [name in Exclude<WireName, 'gemini'>]: JsonObject } = {
  anthropic: { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] },
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { model: 'm', input: 'Hi' },
}

/** No field takes this number, but for those that take any. */
const odd = 7

function fateOf(name: keyof typeof requests, parameter: string): Fate {
  const value: JsonValue = parameter === 'modalities' ? ['audio'] : odd
  try {
    const { extra } = wires[name].readRequest({ ...requests[name], [parameter]: value })
    if (extra?.[name]?.[parameter] === undefined) return 'read'
  } catch (error) {
    assert.ok(error instanceof WireError && error.field.startsWith(parameter), String(error))
    return 'read'
  }
  return meaningfulExtras[name][parameter]?.(value) === true ? 'refused' : 'dropped'
}

function fateOnGemini(parameter: string): Fate {
  const isOuter = geminiOuter.has(parameter)
  const value: JsonValue = parameter === 'responseModalities' ? ['AUDIO'] : odd
  const format: JsonObject = /^response(?:Json)?Schema$/.test(parameter) ? { responseMimeType: 'application/json' } : {}
  const settings = isOuter ? { [parameter]: value } : { generationConfig: { ...format, [parameter]: value } }
  const path = isOuter ? parameter : `generationConfig.${parameter}`
  try {
    const body = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }], ...settings }
    const extra = wires.gemini.readRequest(body, { model: 'm', stream: false }).extra?.gemini
    const kept = isOuter ? extra : (extra?.generationConfig as JsonObject | undefined)
    if (kept?.[parameter] === undefined) return 'read'
  } catch (error) {
    assert.ok(error instanceof WireError && error.field.startsWith(path), String(error))
    return 'read'
  }
  return meaningfulExtras.gemini[path]?.(value) === true ? 'refused' : 'dropped'
}

describe('fields of requests', () => {
  it('of gemini have the fates that are listed', () => {
    const fates = Object.keys(geminiParameters).map((parameter) => [parameter, fateOnGemini(parameter)])
    assert.deepEqual(Object.fromEntries(fates), geminiParameters)
  })

  for (const [name, parameters] of [
    ['anthropic', anthropicParameters],
    ['openai-chat', chatParameters],
    ['openai-responses', responsesParameters],
  ] as const) {
    it(`of ${name} have the fates that are listed`, () => {
      const fates = Object.keys(parameters).map((parameter) => [parameter, fateOf(name, parameter)])
      assert.deepEqual(Object.fromEntries(fates), parameters)
    })
  }
})

/** Of a block, item or part. Refused: only its own upstream understands it (a compaction that is not ours). */
type BlockFate = 'read' | 'refused'

const anthropicBlocks: Record<BetaContentBlockParam['type'], BlockFate> = {
  text: 'read',
  image: 'read',
  document: 'read',
  search_result: 'read',
  thinking: 'read',
  redacted_thinking: 'read',
  tool_use: 'read',
  tool_result: 'read',
  server_tool_use: 'read',
  mcp_tool_use: 'read',
  mcp_tool_result: 'read',
  web_search_tool_result: 'read',
  web_fetch_tool_result: 'read',
  code_execution_tool_result: 'read',
  bash_code_execution_tool_result: 'read',
  text_editor_code_execution_tool_result: 'read',
  tool_search_tool_result: 'read',
  advisor_tool_result: 'read',
  mcp_tool_listing: 'read',
  fallback: 'read',
  compaction: 'read',
  container_upload: 'refused',
  tool_addition: 'refused',
  tool_removal: 'refused',
}

const chatParts: Record<ChatCompletionContentPart['type'], BlockFate> = {
  text: 'read',
  image_url: 'read',
  input_audio: 'read',
  file: 'read',
}

const responsesItems: Record<NonNullable<ResponseInputItem['type']>, BlockFate> = {
  message: 'read',
  function_call: 'read',
  function_call_output: 'read',
  custom_tool_call: 'read',
  custom_tool_call_output: 'read',
  reasoning: 'read',
  image_generation_call: 'read',
  web_search_call: 'read',
  file_search_call: 'read',
  code_interpreter_call: 'read',
  computer_call: 'read',
  computer_call_output: 'read',
  local_shell_call: 'read',
  local_shell_call_output: 'read',
  shell_call: 'read',
  shell_call_output: 'read',
  apply_patch_call: 'read',
  apply_patch_call_output: 'read',
  tool_search_call: 'read',
  tool_search_output: 'read',
  mcp_list_tools: 'read',
  mcp_approval_request: 'read',
  mcp_approval_response: 'read',
  mcp_call: 'read',
  program: 'read',
  program_output: 'read',
  item_reference: 'read',
  additional_tools: 'read',
  configuration_update: 'refused',
  compaction: 'refused',
  compaction_trigger: 'read',
}

/** What stands beside a part's content is no part of its own, and says nothing to other wires. */
const geminiParts: Record<keyof Part, BlockFate> = {
  text: 'read',
  inlineData: 'read',
  fileData: 'read',
  functionCall: 'read',
  functionResponse: 'read',
  executableCode: 'read',
  codeExecutionResult: 'read',
  toolCall: 'read',
  toolResponse: 'read',
  thought: 'read',
  thoughtSignature: 'read',
  videoMetadata: 'read',
  mediaResolution: 'read',
  partMetadata: 'read',
  mediaProcessing: 'refused',
  speechMetadata: 'refused',
  audioTranscription: 'refused',
}

/** Whether any of the requests is understood as far as the kind of what it holds. */
function isKnown(name: WireName, bodies: readonly JsonObject[], kindField: string): BlockFate {
  const isRefused = (body: JsonObject): boolean => {
    try {
      wires[name].readRequest(body, { model: 'm', stream: false })
    } catch (error) {
      assert.ok(error instanceof WireError, String(error))
      return error.field.endsWith(kindField)
    }
    return false
  }
  return bodies.every(isRefused) ? 'refused' : 'read'
}

function ofRoles(block: JsonObject): JsonObject[] {
  return ['user', 'assistant', 'system'].map((role) => ({
    ...requests.anthropic,
    messages: [{ role, content: [block] }],
  }))
}

describe('what conversations are made of', () => {
  const known: readonly [WireName, Record<string, BlockFate>, (kind: string) => BlockFate][] = [
    ['anthropic', anthropicBlocks, (type) => isKnown('anthropic', ofRoles({ type }), '.type')],
    ['openai-chat', chatParts, (type) => isKnown('openai-chat', ofRoles({ type }), '.type')],
    [
      'openai-responses',
      responsesItems,
      (type) => isKnown('openai-responses', [{ model: 'm', input: [{ type }] }], '.type'),
    ],
    [
      'gemini',
      geminiParts,
      (kind) =>
        isKnown(
          'gemini',
          ['user', 'model'].map((role) => ({ contents: [{ role, parts: [{ [kind]: {} }] }] })),
          'parts[0]',
        ),
    ],
  ]
  for (const [name, kinds, fateOfKind] of known) {
    it(`of ${name} is read or refused as it is listed`, () => {
      const fates = Object.keys(kinds).map((kind) => [kind, fateOfKind(kind)])
      assert.deepEqual(Object.fromEntries(fates), kinds)
    })
  }
})

const anthropicReasons: Record<BetaStopReason, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-window',
  tool_use: 'tool-calls',
  refusal: 'refusal',
  pause_turn: 'pause',
  compaction: 'stop',
}

const chatReasons: Record<NonNullable<ChatCompletionChunk.Choice['finish_reason']>, FinishReason> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
  function_call: 'tool-calls',
}

const geminiReasons: Record<`${GeminiFinishReason}`, FinishReason | undefined> = {
  FINISH_REASON_UNSPECIFIED: undefined,
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  OTHER: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  IMAGE_OTHER: 'content-filter',
  NO_IMAGE: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'malformed-tool-call',
  MALFORMED_RESPONSE: 'malformed-tool-call',
  UNEXPECTED_TOOL_CALL: 'malformed-tool-call',
  TOO_MANY_TOOL_CALLS: 'malformed-tool-call',
  CONTINUATION: 'pause',
}

function frames(...events: JsonObject[]): Buffer {
  return Buffer.from(events.map((event) => encodeSse({ event: '', data: JSON.stringify(event) })).join(''))
}

function reasonIn(events: readonly ChatEvent[]): FinishReason | undefined {
  const last = events.at(-1)
  return last?.type === 'finish' ? last.reason : undefined
}

describe('why replies end', () => {
  const streams: readonly [WireName, Record<string, FinishReason | undefined>, (reason: string) => Buffer][] = [
    [
      'anthropic',
      anthropicReasons,
      (reason) =>
        frames(
          { type: 'message_start', message: { id: 'msg_1', model: 'm' } },
          { type: 'message_delta', delta: { stop_reason: reason } },
          { type: 'message_stop' },
        ),
    ],
    ['openai-chat', chatReasons, (reason) => frames({ id: 'c', choices: [{ delta: {}, finish_reason: reason }] })],
    ['gemini', geminiReasons, (reason) => frames({ candidates: [{ finishReason: reason }] })],
  ]
  for (const [name, reasons, streamOf] of streams) {
    it(`is read on ${name} as it is listed`, () => {
      const read = Object.keys(reasons).map((reason) => [reason, reasonIn(readChunks(wires[name], [streamOf(reason)]))])
      assert.deepEqual(Object.fromEntries(read), reasons)
    })
  }
})
