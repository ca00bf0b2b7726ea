import { isObject } from './fields.ts'
import {
  type ChatMessage,
  type ChatRequest,
  type JsonValue,
  type ToolDefinition,
  type UserBlock,
  type WireName,
} from './neutral.ts'

/**
 * What each wire does with what the neutral form can say. This table is the rule: `carriedRequest` refuses by it, a test
 * checks on every wire that the writers carry, reshape and drop by it, and the table in README.md is made from it.
 */
export const fateNames = {
  carried: 'said, and read back as the same',
  reshaped: 'said in another form',
  dropped: 'left out: harmless',
  refused: 'a 400 that names the field: its meaning would change',
} as const
export type Fate = keyof typeof fateNames

export interface Feature {
  /** What it is, in a few words. */
  title: string
  /** Where the request has it, as the path that an error names; undefined when it does not. */
  find(request: ChatRequest, target: WireName): string | undefined
  fates: Readonly<Record<WireName, Fate>>
  /** How it is reshaped, or why it may go. */
  note?: string
}

const [carried, reshaped, dropped, refused] = ['carried', 'reshaped', 'dropped', 'refused'] as const

/** In the order of the wires' names. */
function fates<Anthropic extends Fate, Chat extends Fate, Responses extends Fate, Gemini extends Fate>(
  anthropic: Anthropic,
  chat: Chat,
  responses: Responses,
  gemini: Gemini,
) {
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
        if (test(block)) return `messages[${index}].content[${position}]`
        const inner = block.type === 'tool-result' ? block.content.findIndex(test) : -1
        if (inner !== -1) return `messages[${index}].content[${position}].content[${inner}]`
      }
    }
    return undefined
  }
}

function findMessage(test: (message: ChatMessage) => boolean): (request: ChatRequest) => string | undefined {
  return ({ messages }) => {
    const index = messages.findIndex(test)
    return index === -1 ? undefined : `messages[${index}]`
  }
}

function findTool(test: (tool: ChatRequest['tools'][number]) => boolean): (request: ChatRequest) => string | undefined {
  return ({ tools }) => {
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

function findForeignTool(request: ChatRequest, target: WireName): string | undefined {
  return findTool((tool) => isForeignTool(tool, target))(request)
}

export function isForeignTool({ builtin }: ToolDefinition, target: WireName): boolean {
  return builtin !== undefined && builtin.wire !== target
}

/** A tool that the reply must call, by name or because there is no other. */
function findForcedForeignTool({ tools, toolChoice }: ChatRequest, target: WireName): string | undefined {
  const foreign = tools.filter((tool) => isForeignTool(tool, target))
  if (foreign.length === 0) return undefined
  const isForced =
    toolChoice?.type === 'tool'
      ? foreign.some(({ name }) => name === toolChoice.name)
      : toolChoice?.type === 'required' && foreign.length === tools.length
  return isForced ? 'tool_choice' : undefined
}

function findForeignThinking(request: ChatRequest, target: WireName): string | undefined {
  return findBlock((block) => block.type === 'thinking' && block.wire !== undefined && block.wire !== target)(request)
}

const everydayTiers: ReadonlySet<string> = new Set(['auto', 'default'])

const settings = {
  topK: {
    title: '`top_k`',
    find: hasField('topK', 'top_k'),
    fates: fates(carried, dropped, dropped, carried),
    note: 'a matter of sampling',
  },
  highTemperature: {
    title: '`temperature` above 1',
    find: ({ temperature }) => (temperature !== undefined && temperature > 1 ? 'temperature' : undefined),
    fates: fates(reshaped, carried, carried, carried),
    note: 'Anthropic: 1, where its scale ends; models that take no settings of sampling are not told any',
  },
  seed: {
    title: '`seed`',
    find: hasField('seed', 'seed'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a best effort everywhere',
  },
  presencePenalty: {
    title: '`presence_penalty`',
    find: hasField('presencePenalty', 'presence_penalty'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a matter of sampling; of the Gemini models, only 2.0 is told',
  },
  frequencyPenalty: {
    title: '`frequency_penalty`',
    find: hasField('frequencyPenalty', 'frequency_penalty'),
    fates: fates(dropped, carried, dropped, carried),
    note: 'a matter of sampling; of the Gemini models, only 2.0 is told',
  },
  stop: {
    title: 'stop sequences',
    find: ({ stop }) => (stop?.length ? 'stop' : undefined),
    fates: fates(carried, carried, refused, carried),
    note: 'OpenAI Chat: refused for o3, o4-mini and gpt-5 to 5.4, which take none',
  },
  serialToolCalls: {
    title: 'at most one tool call in a reply',
    find: ({ parallelToolCalls, tools }) =>
      parallelToolCalls === false && tools.length > 0 ? 'parallel_tool_calls' : undefined,
    fates: fates(carried, carried, carried, dropped),
    note: 'a wish; whoever calls the tools can still run them one after another',
  },
  forcedTool: {
    title: 'a tool that the reply must call',
    find: ({ toolChoice, tools }) =>
      tools.length > 0 && (toolChoice?.type === 'required' || toolChoice?.type === 'tool') ? 'tool_choice' : undefined,
    fates: fates(carried, carried, carried, carried),
    note: 'the newest Claude models cannot be made to: a tool that is named is the only one offered',
  },
  json: {
    title: 'JSON without a schema',
    find: ({ output }) => (output?.type === 'json' ? 'response_format' : undefined),
    fates: fates(reshaped, carried, carried, carried),
    note: 'Anthropic, and Gemini up to 2.5 beside tools: asked for in words, as an instruction',
  },
  jsonSchema: {
    title: 'JSON with a schema',
    find: ({ output }) => (output?.type === 'json-schema' ? 'response_format' : undefined),
    fates: fates(carried, carried, carried, carried),
    note: 'Anthropic: closed objects, bounds as words in the description, up to Claude 4 all in words; Gemini: as above',
  },
  jsonSchemaLabels: {
    title: "the schema's name, description, strictness",
    find: ({ output }) => (output?.type === 'json-schema' && output.name !== undefined ? 'response_format' : undefined),
    fates: fates(dropped, carried, carried, dropped),
    note: 'the others are always strict, and need no name',
  },
  thinkingOff: {
    title: 'thinking switched off',
    find: ({ reasoning }) => (reasoning?.enabled === false ? 'reasoning' : undefined),
    fates: fates(carried, carried, carried, carried),
  },
  effort: {
    title: 'effort of thinking',
    find: ({ reasoning }) => (reasoning?.effort === undefined ? undefined : 'reasoning.effort'),
    fates: fates(carried, carried, carried, carried),
    note: 'the nearest that the wire or model has, if any: Claude up to 4.5 knows budgets only',
  },
  budget: {
    title: 'budget of thinking',
    find: ({ reasoning }) => (reasoning?.budgetTokens === undefined ? undefined : 'reasoning.budget_tokens'),
    fates: fates(carried, reshaped, reshaped, carried),
    note: 'OpenAI, Claude models without budgets, Gemini since 3: the effort that usually takes as much; OpenRouter and Qwen are told it',
  },
  summary: {
    title: 'whether to show the thinking',
    find: ({ reasoning }) => (reasoning?.summary === undefined ? undefined : 'reasoning.summary'),
    fates: fates(carried, dropped, carried, carried),
    note: 'OpenAI Chat upstreams decide by themselves',
  },
  encryptedThinking: {
    title: 'encrypted thinking asked for',
    find: ({ reasoning }) => (reasoning?.encrypted ? 'reasoning.encrypted' : undefined),
    fates: fates(dropped, dropped, carried, dropped),
    note: 'the others give it without being asked, or have none',
  },
  userId: {
    title: "the end user's id",
    find: hasField('userId', 'user'),
    fates: fates(carried, carried, carried, dropped),
    note: "OpenAI's wires: hashed when longer than 64",
  },
  metadata: {
    title: '`metadata`',
    find: hasField('metadata', 'metadata'),
    fates: fates(dropped, carried, carried, dropped),
    note: "for the client's own records",
  },
  everydayTier: {
    title: '`service_tier` auto or default',
    find: ({ serviceTier: tier }) => (tier !== undefined && everydayTiers.has(tier) ? 'service_tier' : undefined),
    fates: fates(carried, carried, carried, carried),
    note: 'Gemini: default only',
  },
  otherTier: {
    title: 'another `service_tier`',
    find: ({ serviceTier: tier }) => (tier === undefined || everydayTiers.has(tier) ? undefined : 'service_tier'),
    fates: fates(dropped, carried, carried, carried),
    note: 'a matter of speed and price: served as usual; Gemini has flex and priority',
  },
  cacheKey: {
    title: "the client's cache key",
    find: hasField('cacheKey', 'prompt_cache_key'),
    fates: fates(dropped, carried, carried, dropped),
    note: 'a matter of price',
  },
} as const satisfies Record<string, Feature>

const content = {
  onlyInstructions: {
    title: 'instructions alone, without a message',
    find: ({ system, messages }) => (messages.length === 0 && system.length > 0 ? 'messages' : undefined),
    fates: fates(reshaped, carried, carried, reshaped),
    note: "as the user's words, since these wires answer to somebody only",
  },
  laterInstruction: {
    title: 'an instruction in the middle of the conversation',
    find: findMessage(({ role }) => role === 'system'),
    fates: fates(carried, carried, carried, reshaped),
    note: "Gemini: as the user's words",
  },
  userName: {
    title: 'the name of a user who speaks',
    find: findMessage((message) => message.role === 'user' && message.name !== undefined),
    fates: fates(reshaped, carried, reshaped, reshaped),
    note: 'as the first words of the message; so is the name of an instruction',
  },
  assistantName: {
    title: 'the name of an assistant who spoke',
    find: findMessage((message) => message.role === 'assistant' && message.name !== undefined),
    fates: fates(dropped, carried, dropped, dropped),
    note: 'a model that reads it in its own words goes on to write it',
  },
  cacheMarks: {
    title: 'cache marks',
    find: (request) =>
      findBlock((block) => 'cache' in block && block.cache !== undefined)(request) ??
      findTool(({ cache }) => cache !== undefined)(request),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'the others cache by themselves',
  },
  imageDetail: {
    title: 'detail of an image',
    find: findBlock((block) => block.type === 'image' && block.detail !== undefined),
    fates: fates(dropped, carried, carried, dropped),
    note: 'a matter of cost',
  },
  imageUrl: {
    title: 'an image by URL',
    find: findBlock((block) => block.type === 'image' && block.source.kind !== 'base64'),
    fates: fates(carried, carried, carried, carried),
    note: 'Gemini: as a file URI; the relay fetches it before, and gives the bytes',
  },
  imageFile: {
    title: "an image in the upstream's file store",
    find: findBlock((block) => block.type === 'image' && block.source.kind === 'file'),
    fates: fates(carried, refused, carried, carried),
  },
  documentUrl: {
    title: 'a document by URL',
    find: findBlock((block) => block.type === 'document' && block.source.kind === 'url'),
    fates: fates(carried, refused, carried, carried),
    note: 'the relay fetches it before, for OpenAI Chat and Gemini, and gives the bytes',
  },
  foreignFile: {
    title: 'a file in the store of another provider',
    find: findForeignFile,
    fates: fates(refused, refused, refused, refused),
  },
  textDocument: {
    title: 'a document that is text',
    find: findBlock((block) => block.type === 'document'),
    fates: fates(carried, reshaped, carried, carried),
    note: 'OpenAI Chat: as text, its title above it',
  },
  documentContext: {
    title: 'context of a document',
    find: findBlock((block) => block.type === 'document' && block.context !== undefined),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'describes what the document shows itself',
  },
  citations: {
    title: 'citations asked for',
    find: findBlock((block) => block.type === 'document' && block.citations === true),
    fates: fates(carried, dropped, dropped, dropped),
    note: 'the answer stays, without its references',
  },
  audio: {
    title: 'audio',
    find: findBlock((block) => block.type === 'audio'),
    fates: fates(refused, carried, refused, carried),
  },
  toolResultMedia: {
    title: 'pictures and documents in a tool result',
    find: findBlock((block) => block.type === 'tool-result' && block.content.some(({ type }) => type !== 'text')),
    fates: fates(carried, reshaped, carried, carried),
    note: "OpenAI Chat, Gemini up to 2.5: as the user's, right after the results",
  },
  toolResultError: {
    title: 'a tool result marked as an error',
    find: findBlock((block) => block.type === 'tool-result' && block.isError === true),
    fates: fates(carried, dropped, dropped, carried),
    note: "the result's text says it",
  },
  strictTools: {
    title: 'strict tools',
    find: findTool(({ strict }) => strict === true),
    fates: fates(carried, carried, carried, dropped),
    note: 'Gemini has no such setting, nor have Claude models up to 4',
  },
  freeTextTools: {
    title: 'a tool that takes free text',
    find: findTool(({ freeText }) => freeText !== undefined),
    fates: fates(reshaped, carried, carried, reshaped),
    note: 'as a function of one string, its grammar in words; to servers compatible with OpenAI Chat, too',
  },
  foreignTools: {
    title: 'a tool that the upstream of another wire runs itself',
    find: findForeignTool,
    fates: fates(dropped, dropped, dropped, dropped),
    note: 'it is only offered; agents offer theirs in every request',
  },
  forcedForeignTool: {
    title: 'the same, when the reply must call it',
    find: findForcedForeignTool,
    fates: fates(refused, refused, refused, refused),
  },
  ownThinking: {
    title: "the upstream's own thinking in the history",
    find: findBlock(({ type }) => type === 'thinking'),
    fates: fates(carried, carried, carried, carried),
    note: 'OpenAI Chat: while its tools run; to OpenRouter, DeepSeek and Moonshot afterwards, too',
  },
  foreignThinking: {
    title: 'thinking of another upstream in the history',
    find: findForeignThinking,
    fates: fates(dropped, dropped, dropped, dropped),
    note: 'nobody else can check it',
  },
  refusal: {
    title: 'a refusal in the history',
    find: findBlock(({ type }) => type === 'refusal'),
    fates: fates(reshaped, carried, carried, reshaped),
    note: 'as text',
  },
  assistantImage: {
    title: "an assistant's image in the history",
    find: ({ messages }) => {
      const index = messages.findIndex(({ role, content: blocks }) => role === 'assistant' && hasImage(blocks))
      return index === -1 ? undefined : `messages[${index}]`
    },
    fates: fates(refused, refused, refused, carried),
  },
  annotations: {
    title: 'annotations in the history',
    find: findBlock((block) => block.type === 'text' && block.annotations !== undefined),
    fates: fates(carried, dropped, carried, dropped),
    note: 'the text stays; Anthropic takes back only its own',
  },
  callSignature: {
    title: "Gemini's signature of a tool call",
    find: findBlock((block) => block.type === 'tool-call' && block.signature !== undefined),
    fates: fates(dropped, carried, dropped, carried),
    note: 'OpenAI Chat: for Gemini models only',
  },
} as const satisfies Record<string, Feature>

function hasImage(blocks: readonly { type: string }[]): boolean {
  return blocks.some(({ type }) => type === 'image')
}

export const features = { ...settings, ...content }
export type FeatureName = keyof typeof features
/** Those that one wire or another refuses: each is a fault of its own. */
export type RefusedFeature = {
  [Name in FeatureName]: 'refused' extends (typeof features)[Name]['fates'][WireName] ? Name : never
}[FeatureName]

/**
 * Fields that one wire alone has (`extra`) and that change what the reply is: another wire refuses the request then. All
 * others are dropped: they tune, store or label.
 */
type Test = (value: JsonValue) => boolean

const isSet: Test = (value) =>
  Array.isArray(value) || isObject(value) ? Object.keys(value).length > 0 : Boolean(value)
const isOtherThanText: Test = (value) =>
  Array.isArray(value) && value.some((modality) => typeof modality === 'string' && modality.toLowerCase() !== 'text')

export const meaningfulExtras: Readonly<Record<WireName, Readonly<Record<string, Test>>>> = {
  anthropic: { mcp_servers: isSet, container: isSet, inference_geo: isSet, thread: isSet, compaction: isSet },
  'openai-chat': {
    n: (value) => value !== 1,
    logprobs: isSet,
    top_logprobs: isSet,
    logit_bias: isSet,
    functions: isSet,
    function_call: isSet,
    web_search_options: () => true,
    audio: isSet,
    modalities: isOtherThanText,
  },
  'openai-responses': {
    background: isSet,
    conversation: isSet,
    previous_response_id: isSet,
    prompt: isSet,
    top_logprobs: isSet,
    max_tool_calls: isSet,
  },
  gemini: {
    cachedContent: isSet,
    continuationToken: isSet,
    'generationConfig.responseModalities': isOtherThanText,
    'generationConfig.responseLogprobs': isSet,
    'generationConfig.responseMimeType': isSet,
    'generationConfig.responseFormat': isSet,
    'generationConfig.speechConfig': isSet,
    'generationConfig.translationConfig': isSet,
  },
}
