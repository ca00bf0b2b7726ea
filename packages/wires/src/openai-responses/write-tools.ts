import { defined } from '../fields.ts'
import type { ChatRequest, JsonObject, JsonValue, ToolDefinition } from '../neutral.ts'
import { createToolTable } from './tool-table.ts'

/** What a client of this wire declared goes out as it came in; the definitions of other wires become functions. */
export function writeTools(request: ChatRequest): JsonValue[] {
  const declared = request.extra?.['openai-responses']?.['tools']
  if (Array.isArray(declared)) return declared
  return request.tools.map(writeTool)
}

function writeTool(tool: ToolDefinition): JsonObject {
  if (tool.builtin !== undefined) return tool.builtin.definition
  if (tool.freeText !== undefined) return writeCustom(tool, tool.freeText)
  return defined<JsonObject>({
    type: 'function',
    name: tool.name,
    description: tool.description,
    parameters: tool.parameters ?? emptyParameters,
    strict: tool.strict ?? false,
  })
}

function writeCustom({ name, description }: ToolDefinition, { grammar }: FreeText): JsonObject {
  const format = grammar && { type: 'grammar', ...grammar }
  return defined<JsonObject>({ type: 'custom', name, description, format })
}

type FreeText = NonNullable<ToolDefinition['freeText']>

const emptyParameters: JsonObject = { type: 'object', properties: {} }

export function writeToolChoice(request: ChatRequest): JsonValue | undefined {
  const declared = request.extra?.['openai-responses']?.['tool_choice']
  if (declared !== undefined) return declared
  const choice = request.toolChoice
  if (choice?.type !== 'tool') return choice?.type
  const builtin = request.tools.find((tool) => tool.name === choice.name)?.builtin
  if (builtin !== undefined) return { type: builtin.definition['type'] ?? choice.name }
  const { kind, name } = createToolTable(request)(choice.name)
  return { type: kind, name }
}
