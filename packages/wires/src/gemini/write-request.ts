import { defined, join } from '../fields.ts'
import { carriedRequest } from '../carried.ts'
import type { ChatMessage, ChatRequest, JsonObject, OutputFormat, ToolDefinition, UserBlock } from '../neutral.ts'
import { withExtra } from '../shared/json.ts'
import { jsonInWords } from '../shared/json-in-words.ts'
import { mediaOf } from '../shared/result-media.ts'
import type { RequestRoute } from '../wire.ts'
import { tryGeminiModel } from '../shared/gemini-models.ts'
import { writeReasoning } from './reasoning.ts'
import { writeJsonSchema } from './schema.ts'
import { foreignCallSignature } from '../shared/call-signature.ts'
import { type CallNames, writeModelPart, writeUserPart } from './write-parts.ts'

/** The neutral form → a generateContent request (GenerateContent reference, 2026-11). */
export function writeRequest(given: ChatRequest): JsonObject {
  const request = withTakenSettings(carriedRequest(given, 'gemini'))
  const settings = writeSettings(request)
  const body = defined<JsonObject>({
    systemInstruction:
      request.system.length === 0 ? undefined : { parts: request.system.map(({ text }) => ({ text })) },
    contents: writeContents(request),
    tools: request.tools.length === 0 ? undefined : writeTools(request.tools),
    toolConfig: writeToolConfig(request),
    generationConfig: Object.keys(settings).length === 0 ? undefined : settings,
    serviceTier: writeServiceTier(request.serviceTier),
  })
  return withExtra(body, request.extra?.gemini)
}

/** Models up to 2.5 take JSON as a setting only where no tools are offered; penalties are hardly taken any more. */
function withTakenSettings(request: ChatRequest): ChatRequest {
  const model = tryGeminiModel(request.model)
  if (model === undefined) return request
  const isInWords = request.tools.length > 0 && !model.mixesTools
  return defined<ChatRequest>({
    ...request,
    system: isInWords ? [...request.system, ...jsonInWords(request.output)] : request.system,
    output: isInWords ? undefined : request.output,
    presencePenalty: model.takesPenalties ? request.presencePenalty : undefined,
    frequencyPenalty: model.takesPenalties ? request.frequencyPenalty : undefined,
  })
}

const serviceTiers: Readonly<Record<string, string>> = { default: 'standard', flex: 'flex', priority: 'priority' }

/** Other wires' tiers have no counterpart. */
function writeServiceTier(tier: string | undefined): string | undefined {
  return tier !== undefined && Object.hasOwn(serviceTiers, tier) ? serviceTiers[tier] : undefined
}

/** The model and whether the reply is streamed are said here and nowhere else. */
export function requestPath({ model, stream }: RequestRoute): string {
  const name = model.includes('/') ? model : `models/${model}`
  const encoded = name.split('/').map(encodeURIComponent).join('/')
  return `/v1beta/${encoded}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`
}

function writeContents(request: ChatRequest): JsonObject[] {
  const mixesTools = tryGeminiModel(request.model)?.mixesTools ?? true
  const conversation: Conversation = { names: new Map(), mixesTools }
  return request.messages
    .map((message, index) => writeContent(message, join('messages', index), conversation))
    .filter(({ parts }) => parts.length > 0)
}

interface Conversation {
  names: CallNames
  mixesTools: boolean
}

interface Content extends JsonObject {
  role: string
  parts: JsonObject[]
}

/** Instructions in the middle of a conversation can only be said as the user's words. */
function writeContent(message: ChatMessage, path: string, { names, mixesTools }: Conversation): Content {
  const blockPath = (index: number) => join(join(path, 'content'), index)
  if (message.role === 'assistant') {
    const parts = message.content.flatMap((block, index) => writeModelPart(block, blockPath(index), names))
    if (mixesTools) signFirstCall(parts)
    return { role: 'model', parts }
  }
  const blocks = message.role === 'user' && !mixesTools ? withMediaAfterResults(message.content) : message.content
  return { role: 'user', parts: blocks.flatMap((block, index) => writeUserPart(block, blockPath(index), names)) }
}

/** Models up to 2.5 know results of words alone. */
function withMediaAfterResults(blocks: readonly UserBlock[]): readonly UserBlock[] {
  const results = blocks.filter((block) => block.type === 'tool-result')
  const media = results.flatMap(mediaOf)
  if (media.length === 0) return blocks
  const inWords = results.map((result) => ({
    ...result,
    content: result.content.filter(({ type }) => type === 'text'),
  }))
  return [...inWords, ...media, ...blocks.filter((block) => block.type !== 'tool-result')]
}

/** Models since 3 refuse calls of which the first is not signed, also those that another model made. */
function signFirstCall(parts: JsonObject[]): void {
  const call = parts.find(({ functionCall }) => functionCall !== undefined)
  if (call !== undefined) call.thoughtSignature ??= foreignCallSignature
}

/** Functions share one object; each tool that the upstream runs has its own. */
function writeTools(tools: readonly ToolDefinition[]): JsonObject[] {
  const functions = tools.filter(({ builtin }) => builtin === undefined)
  const builtins = tools.flatMap(({ builtin }) => (builtin === undefined ? [] : [builtin.definition]))
  return [...(functions.length === 0 ? [] : [{ functionDeclarations: functions.map(writeDeclaration) }]), ...builtins]
}

function writeDeclaration({ name, description, parameters }: ToolDefinition): JsonObject {
  const parametersJsonSchema = parameters && writeJsonSchema(parameters, `tools.${name}.parameters`)
  return defined<JsonObject>({ name, description, parametersJsonSchema })
}

const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY', tool: 'ANY' } as const

function writeToolConfig({ toolChoice, tools }: ChatRequest): JsonObject | undefined {
  if (toolChoice === undefined || tools.length === 0) return undefined
  const names = toolChoice.type === 'tool' ? { allowedFunctionNames: [toolChoice.name] } : {}
  return { functionCallingConfig: { mode: modes[toolChoice.type], ...names } }
}

function writeSettings(request: ChatRequest): JsonObject {
  return defined<JsonObject>({
    maxOutputTokens: request.maxTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop,
    seed: request.seed,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    thinkingConfig: writeReasoning(request.reasoning, request.model),
    ...writeOutput(request.output),
  })
}

function writeOutput(output: OutputFormat | undefined): JsonObject {
  if (output === undefined) return {}
  if (output.type === 'text') return { responseMimeType: 'text/plain' }
  const schema = output.type === 'json' ? {} : { responseJsonSchema: writeJsonSchema(output.schema, 'output.schema') }
  return { responseMimeType: 'application/json', ...schema }
}
