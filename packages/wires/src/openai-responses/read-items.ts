import { assertObject, defined, join, readString, tryArray, tryString } from '../fields.ts'
import {
  type AssistantBlock,
  type ChatMessage,
  type ImageBlock,
  type JsonObject,
  type TextBlock,
  type ThinkingBlock,
  type ToolResultBlock,
  type UserBlock,
  WireError,
} from '../neutral.ts'
import { joinCallSignatures } from '../shared/call-signature.ts'
import { writeInput } from '../shared/custom-tool.ts'
import { originalToolCallId } from '../shared/ids.ts'
import { tellProviderRun } from '../shared/provider-run.ts'
import { hasOpaque, tryUnwrapOpaque, tryUnwrapSummary } from '../shared/opaque.ts'
import { summaryWish, tellSummary } from './compaction.ts'
import { type ContentBlock, readContent } from './read-content.ts'
import { flatToolName } from './tool-table.ts'

/**
 * Reads `input` into messages. Items are flat here and nested in the neutral form: what the assistant did in one turn
 * (reasoning, messages, calls) becomes one assistant message, results and the user message after them one user message.
 */
export interface Conversation {
  system: TextBlock[]
  messages: ChatMessage[]
}

type ItemReader = (conversation: Conversation, item: JsonObject, path: string) => void

const itemReaders: Record<string, ItemReader> = {
  message: readMessage,
  function_call: readFunctionCall,
  custom_tool_call: readCustomToolCall,
  function_call_output: readToolOutput,
  custom_tool_call_output: readToolOutput,
  reasoning: readReasoning,
  image_generation_call: readGeneratedImage,
  // Read with the request's other tools.
  additional_tools: () => undefined,
  compaction: readCompaction,
  compaction_trigger: (conversation) => addUserBlocks(conversation, [summaryWish]),
  item_reference: refuseReference,
}

/** What the provider's own tools, or those that only its models know, did and gave. */
const providerRun = /_call(?:_output)?$|^mcp_|^tool_search_output$|^program(?:_output)?$/

export function readInput(conversation: Conversation, input: unknown): void {
  if (input === undefined || input === null) return
  if (typeof input === 'string') {
    conversation.messages.push({ role: 'user', content: [{ type: 'text', text: input }] })
    return
  }
  if (!Array.isArray(input)) throw new WireError('input', 'notTextOrItems')
  input.forEach((value, index) => readItem(conversation, value, join('input', index)))
  for (const message of conversation.messages) {
    if (message.role === 'assistant') message.content = joinCallSignatures(message.content)
  }
}

function readItem(conversation: Conversation, value: unknown, path: string): void {
  const item = assertObject(value, path)
  const type = tryString(item, 'type', path) ?? 'message'
  const reader = Object.hasOwn(itemReaders, type) ? itemReaders[type] : undefined
  if (reader !== undefined) return reader(conversation, item, path)
  if (providerRun.test(type)) return addAssistantBlocks(conversation, [tellProviderRun(type, item)])
  throw notUnderstood(type, path)
}

function notUnderstood(type: string, path: string): WireError {
  return new WireError(join(path, 'type'), 'itemOfResponses', { type })
}

type MessageReader = (conversation: Conversation, content: ContentBlock[], path: string) => void

const roleReaders: Record<string, MessageReader> = {
  user: (conversation, content, path) =>
    addUserBlocks(
      conversation,
      content.map((block) => asUserBlock(block, path)),
    ),
  assistant: (conversation, content, path) =>
    addAssistantBlocks(
      conversation,
      content.map((block) => asAssistantBlock(block, path)),
    ),
  system: addInstruction,
  developer: addInstruction,
}

function readMessage(conversation: Conversation, item: JsonObject, path: string): void {
  const role = readString(item, 'role', path)
  const reader = Object.hasOwn(roleReaders, role) ? roleReaders[role] : undefined
  if (reader === undefined) {
    throw new WireError(join(path, 'role'), 'notEither', { either: ['user', 'assistant', 'system', 'developer'] })
  }
  reader(conversation, readContent(item['content'], join(path, 'content')), join(path, 'content'))
}

/** Instructions before the first message are the system prompt; later ones keep their place. */
function addInstruction(conversation: Conversation, content: ContentBlock[], path: string): void {
  const blocks = content.map((block) => asTextBlock(block, path))
  if (conversation.messages.length === 0) conversation.system.push(...blocks)
  else conversation.messages.push({ role: 'system', content: blocks })
}

function addUserBlocks(conversation: Conversation, blocks: UserBlock[]): void {
  const last = conversation.messages.at(-1)
  if (last?.role === 'user' && last.content.length > 0 && last.content.every(isToolResult)) {
    last.content.push(...blocks)
  } else conversation.messages.push({ role: 'user', content: blocks })
}

function addToolResult(conversation: Conversation, block: ToolResultBlock): void {
  const last = conversation.messages.at(-1)
  if (last?.role === 'user' && last.content.every(isToolResult)) last.content.push(block)
  else conversation.messages.push({ role: 'user', content: [block] })
}

function isToolResult(block: UserBlock): boolean {
  return block.type === 'tool-result'
}

function addAssistantBlocks(conversation: Conversation, blocks: AssistantBlock[]): void {
  const last = conversation.messages.at(-1)
  if (last?.role === 'assistant') last.content.push(...blocks)
  else conversation.messages.push({ role: 'assistant', content: blocks })
}

function readCallId(item: JsonObject, path: string): string {
  return originalToolCallId(readString(item, 'call_id', path))
}

function readFunctionCall(conversation: Conversation, item: JsonObject, path: string): void {
  const name = flatToolName(readString(item, 'name', path), tryString(item, 'namespace', path))
  const call = { id: readCallId(item, path), name, arguments: readString(item, 'arguments', path) }
  addAssistantBlocks(conversation, [{ type: 'tool-call', ...call }])
}

function readCustomToolCall(conversation: Conversation, item: JsonObject, path: string): void {
  const name = flatToolName(readString(item, 'name', path), tryString(item, 'namespace', path))
  const input = writeInput(readString(item, 'input', path))
  addAssistantBlocks(conversation, [{ type: 'tool-call', id: readCallId(item, path), name, arguments: input }])
}

function readToolOutput(conversation: Conversation, item: JsonObject, path: string): void {
  const result = defined<ToolResultBlock>({
    type: 'tool-result',
    toolCallId: readCallId(item, path),
    toolName: tryString(item, 'name', path),
    content: readOutput(item['output'] ?? '', join(path, 'output')),
  })
  addToolResult(conversation, result)
}

function readOutput(output: unknown, path: string): ToolResultBlock['content'] {
  return output === '' ? [] : readContent(output, path).map((block) => asResultBlock(block, path))
}

function readReasoning(conversation: Conversation, item: JsonObject, path: string): void {
  addAssistantBlocks(conversation, [readReasoningItem(item, path)])
}

/** What another wire's upstream must have back comes apart again; its item had an id only for show. */
export function readReasoningItem(item: JsonObject, path: string): ThinkingBlock {
  const text = readReasoningText(item, 'content', path) || readReasoningText(item, 'summary', path)
  const encrypted = tryString(item, 'encrypted_content', path)
  const unwrapped = encrypted === undefined ? undefined : tryUnwrapOpaque(encrypted)
  if (unwrapped !== undefined) return { type: 'thinking', text, ...unwrapped }
  const block: ThinkingBlock = defined({ type: 'thinking', text, encrypted, id: tryString(item, 'id', path) })
  return hasOpaque(block) ? { ...block, wire: 'openai-responses' } : block
}

function readReasoningText(item: JsonObject, key: string, path: string): string {
  const parts = tryArray(item, key, path) ?? []
  const texts = parts.map((part, index) => {
    const partPath = join(join(path, key), index)
    return tryString(assertObject(part, partPath), 'text', partPath) ?? ''
  })
  return texts.join(summarySeparator)
}

/** Stands between the parts of a summary where they become one text. */
export const summarySeparator = '\n\n'

function readGeneratedImage(conversation: Conversation, item: JsonObject, path: string): void {
  const source: ImageBlock['source'] = {
    kind: 'base64',
    mediaType: `image/${tryString(item, 'output_format', path) ?? 'png'}`,
    data: readString(item, 'result', path),
  }
  addAssistantBlocks(conversation, [{ type: 'image', source }])
}

/** What the provider has compacted, nobody else can read. */
function readCompaction(conversation: Conversation, item: JsonObject, path: string): void {
  const summary = tryUnwrapSummary(tryString(item, 'encrypted_content', path) ?? '')
  if (summary === undefined) throw notUnderstood('compaction', path)
  addUserBlocks(conversation, [tellSummary(summary)])
}

function refuseReference(_conversation: Conversation, _item: JsonObject, path: string): void {
  throw new WireError(path, 'itemElsewhere')
}

function asUserBlock(block: ContentBlock, path: string): UserBlock {
  if (block.type === 'refusal') throw new WireError(path, 'refusalOfUser')
  return block
}

function asAssistantBlock(block: ContentBlock, path: string): AssistantBlock {
  if (block.type === 'text' || block.type === 'refusal' || block.type === 'image') return block
  throw new WireError(path, 'notOfAssistant', { type: block.type })
}

function asTextBlock(block: ContentBlock, path: string): TextBlock {
  if (block.type !== 'text') throw new WireError(path, 'notOnlyText')
  return block
}

function asResultBlock(block: ContentBlock, path: string): ToolResultBlock['content'][number] {
  if (block.type === 'text' || block.type === 'image' || block.type === 'document') return block
  throw new WireError(path, 'notOfOutput', { type: block.type })
}
