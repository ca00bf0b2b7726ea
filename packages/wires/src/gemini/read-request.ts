import {
  defined,
  isObject,
  join,
  readString,
  tryArray,
  tryInteger,
  tryNumber,
  tryObject,
  tryString,
} from '../fields.ts'
import { type ChatRequest, type JsonObject, type OutputFormat, WireError } from '../neutral.ts'
import { assertNotTooDeep, restOf } from '../shared/json.ts'
import { readStrictFormat } from '../shared/schema.ts'
import type { RequestRoute } from '../wire.ts'
import { readCamelCased, tryCamelCased } from './camel.ts'
import { readContents, readSystem } from './read-contents.ts'
import { readToolConfig, readTools } from './read-tools.ts'
import { readReasoning } from './reasoning.ts'
import { readOpenApiSchema } from './schema.ts'

const neutralFields = new Set([
  'model',
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'serviceTier',
])

const neutralSettings = new Set([
  'candidateCount',
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'thinkingConfig',
])

const formatSettings = ['responseMimeType', 'responseSchema', 'responseJsonSchema', 'responseFormat']

/** A generateContent request → the neutral form (GenerateContent reference, 2026-11). */
export function readRequest(body: unknown, route?: RequestRoute): ChatRequest {
  const object = readCamelCased(body, 'body')
  assertNotTooDeep(object, 'body')
  const settings = tryCamelCased(object, 'generationConfig', '') ?? {}
  refuseCandidates(settings)
  const number = (key: string) => tryNumber(settings, key, 'generationConfig')
  const integer = (key: string) => tryInteger(settings, key, 'generationConfig')
  const output = tryReadOutput(settings)
  const choice = readToolConfig(object)
  return defined<ChatRequest>({
    model: route?.model ?? readString(object, 'model'),
    stream: route?.stream ?? false,
    system: readSystem(object.systemInstruction),
    messages: readContents(object.contents),
    tools: readTools(object, choice.allowed),
    toolChoice: choice.toolChoice,
    maxTokens: integer('maxOutputTokens'),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    stop: readStop(settings),
    seed: integer('seed'),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    output,
    serviceTier: readServiceTier(object),
    reasoning: readReasoning(tryCamelCased(settings, 'thinkingConfig', 'generationConfig') ?? {}),
    extra: readExtra(object, settings, output !== undefined),
  })
}

function readServiceTier(object: JsonObject): string | undefined {
  const tier = tryString(object, 'serviceTier')?.toLowerCase()
  if (tier === 'unspecified') return undefined
  return tier === 'standard' ? 'default' : tier
}

function refuseCandidates(settings: JsonObject): void {
  if ((tryInteger(settings, 'candidateCount', 'generationConfig') ?? 1) !== 1) {
    throw new WireError('generationConfig.candidateCount', 'notEither', { either: ['1'] })
  }
}

function readStop(settings: JsonObject): string[] | undefined {
  const path = 'generationConfig.stopSequences'
  return tryArray(settings, 'stopSequences', 'generationConfig')?.map((sequence, index) => {
    if (typeof sequence === 'string') return sequence
    throw new WireError(join(path, index), 'notString')
  })
}

/** Formats that no other wire has (`text/x.enum`, pictures) are left to `extra`. */
function tryReadOutput(settings: JsonObject): OutputFormat | undefined {
  const path = 'generationConfig'
  const mimeType = tryString(settings, 'responseMimeType', path)
  if (mimeType === undefined) return tryReadTextFormat(settings)
  if (mimeType === 'text/plain') return { type: 'text' }
  if (mimeType !== 'application/json') return undefined
  const jsonSchema = tryObject(settings, 'responseJsonSchema', path)
  if (jsonSchema !== undefined) return readStrictFormat(jsonSchema, join(path, 'responseJsonSchema'))
  const schema = tryObject(settings, 'responseSchema', path)
  if (schema === undefined) return { type: 'json' }
  const schemaPath = join(path, 'responseSchema')
  return readStrictFormat(readOpenApiSchema(schema, schemaPath), schemaPath)
}

/** The newer list of formats, where it is one of text. Its media types are written as such or as names. */
function tryReadTextFormat(settings: JsonObject): OutputFormat | undefined {
  const formats = tryArray(settings, 'responseFormat', 'generationConfig') ?? []
  const [format] = formats
  if (formats.length !== 1 || !isObject(format) || Object.keys(format).join() !== 'text') return undefined
  const path = 'generationConfig.responseFormat[0].text'
  const text = readCamelCased(format.text, path)
  const mimeType = tryString(text, 'mimeType', path)?.toLowerCase().replace('_', '/')
  if (mimeType === undefined || mimeType === 'text/plain') return { type: 'text' }
  if (mimeType !== 'application/json') return undefined
  const schema = tryObject(text, 'schema', path)
  return schema === undefined ? { type: 'json' } : readStrictFormat(schema, join(path, 'schema'))
}

/** What only this wire has, at the top and inside the settings. */
function readExtra(object: JsonObject, settings: JsonObject, hasOutput: boolean): ChatRequest['extra'] {
  const known = hasOutput ? new Set([...neutralSettings, ...formatSettings]) : neutralSettings
  const toolConfig = isObject(object.toolConfig) ? readCamelCased(object.toolConfig, 'toolConfig') : {}
  const extra = defined<JsonObject>({
    ...restOf(object, neutralFields),
    generationConfig: restOf(settings, known),
    toolConfig: restOf(toolConfig, new Set(['functionCallingConfig'])),
  })
  return Object.keys(extra).length === 0 ? undefined : { gemini: extra }
}
