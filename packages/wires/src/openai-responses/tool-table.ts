import { isObject, join, readString } from '../fields.ts'
import { type ChatRequest, type JsonObject, type JsonValue, WireError } from '../neutral.ts'
import { isCustomTool } from '../shared/custom-tool.ts'

/**
 * The names of tools. Responses groups tools in namespaces and has `custom` tools whose input is free text; the neutral
 * form has flat names and JSON arguments. A flat name is `namespace__name`, the arguments of a custom tool are
 * `{"input": "…"}`, and the table turns both back, so that a client gets exactly the calls that it declared.
 */
export interface ToolIdentity {
  kind: 'function' | 'custom'
  name: string
  namespace?: string
}

export type ToolTable = (flatName: string) => ToolIdentity

export function flatToolName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}__${name}`
}

/** The table of a request that was read from this wire; any other request has no namespaces. */
export function createToolTable(request: ChatRequest | undefined): ToolTable {
  const declared = request?.extra?.['openai-responses']?.['tools']
  if (Array.isArray(declared)) return tableOf(declared)
  return (name) => (isCustomTool(request, name) ? { kind: 'custom', name } : plainFunction(name))
}

/** Throws a WireError when two tools of different kinds or namespaces would come out as one name. */
export function tableOf(declared: readonly JsonValue[]): ToolTable {
  const identities = new Map<string, ToolIdentity>()
  declared.forEach((tool, index) => collectIdentities(identities, tool, join('tools', index)))
  return (flatName) => identities.get(flatName) ?? plainFunction(flatName)
}

function plainFunction(name: string): ToolIdentity {
  return { kind: 'function', name }
}

function collectIdentities(identities: Map<string, ToolIdentity>, tool: JsonValue, path: string): void {
  if (!isObject(tool)) return
  if (tool['type'] === 'namespace') {
    const namespace = readString(tool, 'name', path)
    const nested = tool['tools']
    if (!Array.isArray(nested)) return
    for (const member of nested) if (isObject(member)) addIdentity(identities, member, { namespace, path })
    return
  }
  addIdentity(identities, tool, { path })
}

function addIdentity(
  identities: Map<string, ToolIdentity>,
  tool: JsonObject,
  place: { namespace?: string; path: string },
): void {
  const kind = tool['type']
  if (kind !== 'function' && kind !== 'custom') return
  const name = readString(tool, 'name', place.path)
  const flatName = flatToolName(name, place.namespace)
  const known = identities.get(flatName)
  if (known !== undefined && (known.namespace !== place.namespace || known.kind !== kind)) {
    throw new WireError(place.path, 'toolNamedTwice', { name: flatName })
  }
  identities.set(flatName, place.namespace === undefined ? { kind, name } : { kind, name, namespace: place.namespace })
}
