import {
  assertObject,
  defined,
  isObject,
  join,
  readString,
  tryArray,
  tryBoolean,
  tryObject,
  tryString,
} from '../fields.ts'
import { type ChatRequest, type JsonObject, type JsonValue, type ToolDefinition, WireError } from '../neutral.ts'
import { customTool, readGrammar } from '../shared/custom-tool.ts'
import { flatToolName, tableOf } from './tool-table.ts'

/**
 * Tools as other wires can have them: namespaces flattened, free-text tools as functions of one string. When anything
 * had to be changed, `declared` keeps the list as the client sent it, for the names in the reply and for this wire out.
 */
export interface ReadTools {
  offered: ToolDefinition[]
  declared: JsonValue[] | undefined
}

type ToolReader = (tool: JsonObject, path: string, namespace: string | undefined) => ToolDefinition[]

const toolReaders: Record<string, ToolReader> = {
  function: (tool, path, namespace) => [readFunction(tool, path, namespace)],
  custom: (tool, path, namespace) => [readCustom(tool, path, namespace)],
  namespace: readNamespace,
}

const plainFunctionFields = new Set(['type', 'name', 'description', 'parameters', 'strict'])

export function readTools(object: JsonObject): ReadTools {
  const places = [toolsIn(object, ''), ...additionalTools(object['input'])].flat()
  const all = places.flatMap(({ tool, path }) => readTool(tool, path, undefined))
  const declared = places.map(({ tool }) => tool)
  const isPlain = declared.every((tool) => tool['type'] === 'function' && hasOnly(tool, plainFunctionFields))
  // Before anything is asked: in the reply it would be too late.
  if (!isPlain) tableOf(declared)
  return { offered: keepAllowed(newestOfEach(all), object['tool_choice']), declared: isPlain ? undefined : declared }
}

interface ToolPlace {
  tool: JsonObject
  path: string
}

function toolsIn(holder: JsonObject, path: string): ToolPlace[] {
  const toolsPath = join(path, 'tools')
  return (tryArray(holder, 'tools', path) ?? []).map((value, index) => {
    const toolPath = join(toolsPath, index)
    return { tool: assertObject(value, toolPath), path: toolPath }
  })
}

/** Tools that the conversation itself brings: other wires have one list, so they are offered from the start. */
function additionalTools(input: JsonValue | undefined): ToolPlace[][] {
  if (!Array.isArray(input)) return []
  return input.map((item, index) =>
    isObject(item) && item['type'] === 'additional_tools' ? toolsIn(item, join('input', index)) : [],
  )
}

/** A conversation may declare a tool again; upstreams refuse a name that comes twice. */
function newestOfEach(tools: readonly ToolDefinition[]): ToolDefinition[] {
  return [...new Map(tools.map((tool) => [tool.name, tool])).values()]
}

function hasOnly(tool: JsonObject, fields: ReadonlySet<string>): boolean {
  return Object.keys(tool).every((key) => fields.has(key))
}

function readTool(tool: JsonObject, path: string, namespace: string | undefined): ToolDefinition[] {
  const type = readString(tool, 'type', path)
  const reader = Object.hasOwn(toolReaders, type) ? toolReaders[type] : undefined
  return reader === undefined ? [readBuiltin(tool, type)] : reader(tool, path, namespace)
}

function readFunction(tool: JsonObject, path: string, namespace: string | undefined): ToolDefinition {
  return defined<ToolDefinition>({
    name: flatToolName(readString(tool, 'name', path), namespace),
    description: tryString(tool, 'description', path),
    parameters: tryObject(tool, 'parameters', path),
    strict: tryBoolean(tool, 'strict', path),
  })
}

function readCustom(tool: JsonObject, path: string, namespace: string | undefined): ToolDefinition {
  const name = flatToolName(readString(tool, 'name', path), namespace)
  const format = tryObject(tool, 'format', path) ?? {}
  const grammar = format.type === 'grammar' ? readGrammar(format, join(path, 'format')) : undefined
  return customTool({ name, description: tryString(tool, 'description', path), grammar })
}

function readNamespace(tool: JsonObject, path: string): ToolDefinition[] {
  const namespace = readString(tool, 'name', path)
  const members = tryArray(tool, 'tools', path) ?? []
  return members.flatMap((value, index) => {
    const memberPath = join(join(path, 'tools'), index)
    return readTool(assertObject(value, memberPath), memberPath, namespace)
  })
}

function readBuiltin(tool: JsonObject, type: string): ToolDefinition {
  const label = tool['name'] ?? tool['server_label']
  return { name: typeof label === 'string' ? label : type, builtin: { wire: 'openai-responses', definition: tool } }
}

/** `allowed_tools` restricts a list that is kept whole for the cache's sake: other wires get the list restricted. */
function keepAllowed(tools: ToolDefinition[], choice: JsonValue | undefined): ToolDefinition[] {
  if (!isObject(choice) || choice['type'] !== 'allowed_tools') return tools
  const allowed = new Set((tryArray(choice, 'tools', 'tool_choice') ?? []).map((tool) => choiceName(tool)))
  return tools.filter((tool) => allowed.has(tool.name))
}

type ToolChoice = ChatRequest['toolChoice']

const plainChoices: Record<string, ToolChoice> = {
  auto: { type: 'auto' },
  none: { type: 'none' },
  required: { type: 'required' },
}

export function readToolChoice(object: JsonObject): ToolChoice {
  const choice = object['tool_choice']
  if (choice === undefined || choice === null) return undefined
  if (isObject(choice) && choice['type'] !== 'allowed_tools') {
    const name = choiceName(choice)
    if (name !== undefined) return { type: 'tool', name }
  }
  const mode = isObject(choice) ? choice['mode'] : choice
  if (typeof mode === 'string' && Object.hasOwn(plainChoices, mode)) return plainChoices[mode]
  throw new WireError('tool_choice', 'notToolOrChoice')
}

/** Functions are named by their name, the provider's own tools by their type. */
function choiceName(choice: unknown): string | undefined {
  if (!isObject(choice)) return undefined
  const { type, name, namespace, server_label: label } = choice
  const own = [name, label, type].find((value) => typeof value === 'string')
  return typeof own === 'string' ? flatToolName(own, typeof namespace === 'string' ? namespace : undefined) : undefined
}
