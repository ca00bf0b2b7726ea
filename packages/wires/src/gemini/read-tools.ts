import { defined, join, readString, tryArray, tryObject, tryString } from '../fields.ts'
import { type JsonObject, type JsonValue, type ToolChoice, type ToolDefinition, WireError } from '../neutral.ts'
import { readCamelCased, tryCamelCased } from './camel.ts'
import { readOpenApiSchema } from './schema.ts'

export function readTools(object: JsonObject, allowed: readonly string[] | undefined): ToolDefinition[] {
  const tools = (tryArray(object, 'tools') ?? []).flatMap((value, index) => {
    const path = join('tools', index)
    return readTool(readCamelCased(value, path), path)
  })
  return allowed === undefined ? tools : tools.filter(({ name }) => allowed.includes(name))
}

/** One object can hold several functions, and tools that the provider runs under a key each. */
function readTool(tool: JsonObject, path: string): ToolDefinition[] {
  const { functionDeclarations, ...builtins } = tool
  const declarations = functionDeclarations === undefined ? [] : (tryArray(tool, 'functionDeclarations', path) ?? [])
  const functions = declarations.map((value, index) => {
    const declarationPath = join(join(path, 'functionDeclarations'), index)
    return readDeclaration(readCamelCased(value, declarationPath), declarationPath)
  })
  return [...functions, ...Object.entries(builtins).map(([name, settings]) => readBuiltin(name, settings))]
}

function readDeclaration(declaration: JsonObject, path: string): ToolDefinition {
  return defined<ToolDefinition>({
    name: readString(declaration, 'name', path),
    description: tryString(declaration, 'description', path),
    parameters: readParameters(declaration, path),
  })
}

function readParameters(declaration: JsonObject, path: string): JsonObject | undefined {
  const jsonSchema = tryObject(declaration, 'parametersJsonSchema', path)
  if (jsonSchema !== undefined) return jsonSchema
  const schema = tryObject(declaration, 'parameters', path)
  return schema === undefined ? undefined : readOpenApiSchema(schema, join(path, 'parameters'))
}

function readBuiltin(name: string, settings: JsonValue): ToolDefinition {
  return { name, builtin: { wire: 'gemini', definition: { [name]: settings } } }
}

export interface ReadChoice {
  toolChoice: ToolChoice | undefined
  /** The only functions that may be called, where that is more than one. */
  allowed: string[] | undefined
}

const path = 'toolConfig.functionCallingConfig'

const modes: Readonly<Record<string, ToolChoice>> = {
  AUTO: { type: 'auto' },
  VALIDATED: { type: 'auto' },
  NONE: { type: 'none' },
  ANY: { type: 'required' },
}

export function readToolConfig(object: JsonObject): ReadChoice {
  const config = tryCamelCased(tryCamelCased(object, 'toolConfig', '') ?? {}, 'functionCallingConfig', 'toolConfig')
  const mode = config === undefined ? undefined : tryString(config, 'mode', path)?.toUpperCase()
  if (config === undefined || mode === undefined || mode === 'MODE_UNSPECIFIED') {
    return { toolChoice: undefined, allowed: undefined }
  }
  const toolChoice = Object.hasOwn(modes, mode) ? modes[mode] : undefined
  if (toolChoice === undefined)
    throw new WireError(join(path, 'mode'), 'notEither', { either: ['AUTO', 'ANY', 'NONE'] })
  const names = readNames(config)
  const [only] = names
  if (toolChoice.type === 'required' && names.length === 1 && only !== undefined) {
    return { toolChoice: { type: 'tool', name: only }, allowed: undefined }
  }
  return { toolChoice, allowed: names.length === 0 ? undefined : names }
}

function readNames(config: JsonObject): string[] {
  const names = tryArray(config, 'allowedFunctionNames', path) ?? []
  return names.map((name, index) => {
    if (typeof name === 'string') return name
    const namePath = join(join(path, 'allowedFunctionNames'), index)
    throw new WireError(namePath, 'notString')
  })
}
