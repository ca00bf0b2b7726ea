import { isObject } from './fields.ts'
import {
  type ChatMessage,
  type ChatRequest,
  type JsonValue,
  type UserBlock,
  WireError,
  type WireName,
  wireNames,
} from './neutral.ts'

/**
 * What each wire does with what the neutral form can say. This table is the rule: request writers refuse by it, a test
 * checks that they carry and drop by it, and the table in README.md is made from it.
 */
export type Fate = 'carried' | 'dropped' | 'refused'

export interface Feature {
  /** What it is, in a few words. */
  title: string
  /** Where the request has it, as the path that an error names; undefined when it does not. */
  find(request: ChatRequest, target: WireName): string | undefined
  /** In the order of the wires' names. */
  fates: Readonly<Record<WireName, Fate>>
  /** How it is carried where that is not literal, or why it may go. */
  note?: string
}

const [carried, dropped, refused] = ['carried', 'dropped', 'refused'] as const

function fates(anthropic: Fate, chat: Fate, responses: Fate, gemini: Fate): Feature['fates'] {
  return { anthropic, 'openai-chat': chat, 'openai-responses': responses, gemini }
}

function hasField(key: keyof ChatRequest, name: string): (request: ChatRequest) => string | undefined {
  return (request) => (request[key] === undefined ? undefined : name)
}

type AnyBlock = UserBlock | Exclude<ChatMessage, { role: 'user' }>['content'][number]

/** The path of the first block that the test holds for; blocks in tool results are looked at too. */
function findBlock(test: (block: AnyBlock) => boolean): (request: ChatRequest) => string | undefined {
  return ({ system, messages }) => {
    const instruction = system.findIndex(test)
    if (instruction !== -1) return `system[${instruction}]`
    for (const [index, message] of messages.entries()) {
      for (const [position, block] of message.content.entries()) {
        const path = `messages[${index}].content[${position}]`
        if (test(block)) return path
        const inner = block.type === 'tool-result' ? block.content.findIndex(test) : -1
        if (inner !== -1) return `${path}.content[${inner}]`
      }
    }
    return undefined
  }
}

function findInTools(test: (tool: ChatRequest['tools'][number]) => boolean) {
  return ({ tools }: ChatRequest): string | undefined => {
    const index = tools.findIndex(test)
    return index === -1 ? undefined : `tools[${index}]`
  }
}

/** Ids of stored files tell by their shape whose they are. */
const fileIds: Readonly<Record<WireName, RegExp>> = {
  anthropic: /^file_/,
  'openai-chat': /^file-/,
  'openai-responses': /^file-/,
  gemini: /^(https?:|gs:|files\/)/,
}

function findForeignFile(request: ChatRequest, target: WireName): string | undefined {
  const isForeign = (block: AnyBlock): boolean =>
    'source' in block && block.source.kind === 'file' && !fileIds[target].test(block.source.fileId)
  return findBlock(isForeign)(request)
}

function builtinOf(wire: WireName): Feature {
  return {
    title: `tools that the ${wire} upstream runs itself`,
    find: findInTools(({ builtin }) => builtin?.wire === wire),
    fates: Object.fromEntries(wireNames.map((name) => [name, name === wire ? carried : refused])) as Feature['fates'],
  }
}

const requestFeatures: Feature[] = [
  {
    title: 'an instruction in the middle of the conversation',
    find: ({ messages }) => {
      const index = messages.findIndex(({ role }) => role === 'system')
      return index === -1 ? undefined : `messages[${index}]`
    },
    fates: fates(carried, carried, carried, carried),
  },
  {
    title: 'top_k',
    find: hasField('topK', 'top_k'),
    fates: fates(carried, dropped, dropped, carried),
    note: 'a matter of sampling',
  },
  {
    title: 'temperature above 1',
    find: ({ temperature }) => (temperature !== undefined && temperature > 1 ? 'temperature' : undefined),
    fates: fates(dropped, carried, carried, carried),
    note: 'Anthropic ends at 1: said as 1',
  },
  {
    title: 'seed',
    find: hasField('seed', 'seed'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a best effort everywhere',
  },
  {
    title: 'presence_penalty',
    find: hasField('presencePenalty', 'presence_penalty'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a matter of sampling',
  },
  {
    title: 'frequency_penalty',
    find: hasField('frequencyPenalty', 'frequency_penalty'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a matter of sampling',
  },
  {
    title: 'stop sequences',
    find: ({ stop }) => (stop?.length ? 'stop' : undefined),
    fates: fates(carried, carried, refused, carried),
  },
  {
    title: 'at most one tool call (parallel_tool_calls: false)',
    find: ({ parallelToolCalls, tools }) =>
      parallelToolCalls === false && tools.length > 0 ? 'parallel_tool_calls' : undefined,
    fates: fates(carried, carried, carried, refused),
  },
  {
    title: 'JSON without a schema',
    find: ({ output }) => (output?.type === 'json' ? 'response_format' : undefined),
    fates: fates(carried, carried, carried, carried),
    note: 'Anthropic: asked for in words, as an instruction',
  },
  {
    title: 'JSON with a schema',
    find: ({ output }) => (output?.type === 'json-schema' ? 'response_format' : undefined),
    fates: fates(carried, carried, carried, carried),
    note: "the schema's name, description and strictness only between OpenAI's wires",
  },
  {
    title: 'thinking switched off',
    find: ({ reasoning }) => (reasoning?.enabled === false ? 'reasoning' : undefined),
    fates: fates(carried, carried, carried, carried),
  },
  {
    title: 'effort',
    find: ({ reasoning }) => (reasoning?.effort === undefined ? undefined : 'reasoning.effort'),
    fates: fates(carried, carried, carried, carried),
    note: "the nearest that the wire has: Anthropic's least is low, Gemini's most is high",
  },
  {
    title: 'thinking budget',
    find: ({ reasoning }) => (reasoning?.budgetTokens === undefined ? undefined : 'reasoning.budget_tokens'),
    fates: fates(carried, carried, carried, carried),
    note: "OpenAI's wires: as the effort that usually takes as much",
  },
  {
    title: 'whether to show the thinking',
    find: ({ reasoning }) => (reasoning?.summary === undefined ? undefined : 'reasoning.summary'),
    fates: fates(carried, dropped, carried, carried),
    note: 'OpenAI Chat upstreams decide by themselves',
  },
  {
    title: 'encrypted thinking asked for',
    find: ({ reasoning }) => (reasoning?.encrypted ? 'reasoning.encrypted' : undefined),
    fates: fates(dropped, dropped, carried, dropped),
    note: 'the others give it, or have none, without being asked',
  },
  {
    title: "the end user's id",
    find: hasField('userId', 'user'),
    fates: fates(carried, carried, carried, dropped),
    note: "OpenAI's wires: hashed when longer than 64",
  },
  {
    title: 'metadata',
    find: hasField('metadata', 'metadata'),
    fates: fates(dropped, carried, carried, dropped),
    note: "for the client's own records",
  },
  {
    title: 'service tier auto or default',
    find: ({ serviceTier }) => (serviceTier === 'auto' || serviceTier === 'default' ? 'service_tier' : undefined),
    fates: fates(carried, carried, carried, dropped),
  },
  {
    title: 'another service tier',
    find: ({ serviceTier }) =>
      serviceTier === undefined || serviceTier === 'auto' || serviceTier === 'default' ? undefined : 'service_tier',
    fates: fates(dropped, carried, carried, dropped),
    note: 'a matter of speed and price: the upstream serves it as usual',
  },
  {
    title: "the client's cache key",
    find: hasField('cacheKey', 'prompt_cache_key'),
    fates: fates(dropped, carried, carried, dropped),
    note: 'a matter of price',
  },
]

const contentFeatures: Feature[] = [
  {
    title: 'cache marks',
    find: (request) =>
      findBlock((block) => 'cache' in block && block.cache !== undefined)(request) ??
      findInTools(({ cache }) => cache !== undefined)(request),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'the others cache by themselves',
  },
  {
    title: 'detail of an image',
    find: findBlock((block) => block.type === 'image' && block.detail !== undefined),
    fates: fates(dropped, carried, carried, dropped),
    note: 'a matter of cost',
  },
  {
    title: 'an image by URL',
    find: findBlock((block) => block.type === 'image' && block.source.kind === 'url'),
    fates: fates(carried, carried, carried, carried),
    note: 'Gemini: as a file URI; whoever needs the bytes fetches them before',
  },
  {
    title: 'an image by file id',
    find: findBlock((block) => block.type === 'image' && block.source.kind === 'file'),
    fates: fates(carried, refused, carried, carried),
  },
  {
    title: 'a document by URL',
    find: findBlock((block) => block.type === 'document' && block.source.kind === 'url'),
    fates: fates(carried, refused, carried, carried),
  },
  {
    title: 'a file id of another upstream',
    find: findForeignFile,
    fates: fates(refused, refused, refused, refused),
    note: 'no upstream can read the files of another',
  },
  {
    title: 'a document that is text',
    find: findBlock((block) => block.type === 'document' && block.source.kind === 'text'),
    fates: fates(carried, carried, carried, carried),
    note: 'all but Anthropic: as text, its title above it',
  },
  {
    title: 'context of a document',
    find: findBlock((block) => block.type === 'document' && block.context !== undefined),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'describes what the document shows itself',
  },
  {
    title: 'citations asked for',
    find: findBlock((block) => block.type === 'document' && block.citations === true),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'the answer stays, without its references',
  },
  {
    title: 'audio',
    find: findBlock((block) => block.type === 'audio'),
    fates: fates(refused, carried, refused, carried),
  },
  {
    title: 'pictures and documents in a tool result',
    find: findBlock((block) => block.type === 'tool-result' && block.content.some(({ type }) => type !== 'text')),
    fates: fates(carried, carried, carried, carried),
    note: "OpenAI Chat: as the user's, right after the results",
  },
  {
    title: 'a tool result marked as an error',
    find: findBlock((block) => block.type === 'tool-result' && block.isError === true),
    fates: fates(carried, dropped, dropped, carried),
    note: "the result's text says it",
  },
  {
    title: 'strict tools',
    find: findInTools(({ strict }) => strict !== undefined),
    fates: fates(carried, carried, carried, dropped),
  },
  {
    title: 'thinking in the history',
    find: findBlock((block) => block.type === 'thinking'),
    fates: fates(carried, carried, carried, carried),
    note: 'only to the wire that it came from, with its proof; OpenAI Chat: only while tools run; else left out',
  },
  {
    title: 'a refusal in the history',
    find: findBlock((block) => block.type === 'refusal'),
    fates: fates(carried, carried, carried, carried),
    note: 'Anthropic and Gemini: as text',
  },
  {
    title: "an assistant's image in the history",
    find: findAssistantImage,
    fates: fates(refused, refused, refused, carried),
  },
  {
    title: 'annotations in the history',
    find: findBlock((block) => block.type === 'text' && block.annotations !== undefined),
    fates: fates(carried, dropped, carried, dropped),
    note: 'the text stays',
  },
  {
    title: 'opaque data of a tool call',
    find: findBlock((block) => block.type === 'tool-call' && block.signature !== undefined),
    fates: fates(dropped, carried, dropped, carried),
    note: "Gemini's thought signature",
  },
  ...wireNames.map(builtinOf),
]

function findAssistantImage({ messages }: ChatRequest): string | undefined {
  for (const [index, { role, content }] of messages.entries()) {
    const position = role === 'assistant' ? content.findIndex(({ type }) => type === 'image') : -1
    if (position !== -1) return `messages[${index}].content[${position}]`
  }
  return undefined
}

export const features: readonly Feature[] = [...requestFeatures, ...contentFeatures]

/**
 * Fields that one wire alone has (`extra`), when they change what the reply is: another wire refuses the request then.
 * All others are dropped: they tune, store or label.
 */
type Means = (value: JsonValue) => boolean

const always: Means = () => true
const isSet: Means = (value) =>
  Array.isArray(value) || isObject(value) ? Object.keys(value).length > 0 : Boolean(value)

export const meaningfulExtras: Readonly<Record<WireName, Readonly<Record<string, Means>>>> = {
  anthropic: { mcp_servers: isSet, container: isSet, inference_geo: isSet },
  'openai-chat': {
    n: (value) => value !== 1,
    logprobs: isSet,
    top_logprobs: isSet,
    logit_bias: isSet,
    functions: isSet,
    function_call: isSet,
    web_search_options: always,
    audio: isSet,
    modalities: (value) => Array.isArray(value) && value.some((modality) => modality !== 'text'),
  },
  'openai-responses': {
    background: isSet,
    conversation: isSet,
    previous_response_id: isSet,
    prompt: isSet,
    top_logprobs: isSet,
    max_tool_calls: isSet,
  },
  gemini: { cachedContent: isSet },
}

/** Throws a WireError that names the field which the wire cannot say without changing what the request means. */
export function assertCarried(request: ChatRequest, target: WireName): void {
  for (const feature of features) {
    if (feature.fates[target] !== 'refused') continue
    const field = feature.find(request, target)
    if (field !== undefined) throw new WireError(field, `${field}: the ${target} wire cannot carry ${feature.title}`)
  }
  for (const source of wireNames) {
    if (source === target) continue
    for (const [field, value] of Object.entries(request.extra?.[source] ?? {})) {
      const means = meaningfulExtras[source][field]
      if (value !== null && means?.(value))
        throw new WireError(field, `${field} has no counterpart on the ${target} wire`)
    }
  }
}
