import type { JsonObject, JsonValue, TextBlock } from '../neutral.ts'
import { isObject } from '../fields.ts'
import { isExactNumber } from './json.ts'

/**
 * What a provider's own tools did earlier in a conversation (searches, code it ran), told as text: the next upstream has no
 * such tool, but it can read what was asked and what came of it. What nobody else can read (ids, encrypted content, bytes) is
 * left out.
 */
export function tellProviderRun(what: string, details: JsonValue | undefined): TextBlock {
  const told = readable(details)
  return { type: 'text', text: told === undefined ? `(${what})` : `(${what}: ${JSON.stringify(told)})` }
}

const unreadable = /^(?:id|type|status|tool_use_id|call_id|container_id|caller|server_label|signature|encrypted_\w+)$/

function readable(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.flatMap((member) => readable(member) ?? [])
  if (typeof value === 'string' && value.startsWith('data:')) return undefined
  if (!isObject(value) || isExactNumber(value)) return value ?? undefined
  const fields: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    const told = unreadable.test(key) ? undefined : readable(member)
    if (told !== undefined) fields[key] = told
  }
  return Object.keys(fields).length === 0 ? undefined : fields
}
