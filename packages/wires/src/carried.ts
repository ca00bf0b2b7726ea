import { isObject } from './fields.ts'
import { type Feature, features, isForeignTool, meaningfulExtras, type RefusedFeature } from './losses.ts'
import { type ChatRequest, type JsonValue, WireError, type WireName, wireNames } from './neutral.ts'
import { withNamesInWords } from './shared/names.ts'

/**
 * The request as the wire can carry it: without the tools that only another upstream runs. Throws a WireError that names the
 * field which the wire cannot say without changing what the request means.
 */
export function carriedRequest(request: ChatRequest, target: WireName): ChatRequest {
  assertCarried(request, target)
  const named = target === 'openai-chat' ? request : withSpokenNames(request)
  const answerable = target === 'anthropic' || target === 'gemini' ? withSomebodySpeaking(named) : named
  return withCarriedTools(answerable, target)
}

function withSomebodySpeaking(request: ChatRequest): ChatRequest {
  const { system, messages } = request
  if (messages.some(({ content }) => content.some(saysSomething))) return request
  if (!system.some(saysSomething)) throw new WireError('messages', 'empty')
  return { ...request, system: [], messages: [{ role: 'user', content: system }] }
}

/** Texts of nothing but white space say nothing. */
export function saysSomething(block: { type: string; text?: unknown }): boolean {
  return block.type !== 'text' || typeof block.text !== 'string' || block.text.trim() !== ''
}

function withSpokenNames(request: ChatRequest): ChatRequest {
  const messages = withNamesInWords(request.messages)
  return messages === request.messages ? request : { ...request, messages }
}

function withCarriedTools(request: ChatRequest, target: WireName): ChatRequest {
  const tools = request.tools.filter((tool) => !isForeignTool(tool, target))
  if (tools.length === request.tools.length) return request
  if (tools.length > 0) return { ...request, tools }
  const { toolChoice: _choice, parallelToolCalls: _parallel, ...rest } = request
  return { ...rest, tools }
}

function refusedBy(target: WireName): readonly (readonly [RefusedFeature, Feature])[] {
  return Object.entries<Feature>(features).flatMap(([name, feature]) =>
    feature.fates[target] === 'refused' ? [[name as RefusedFeature, feature] as const] : [],
  )
}

const refusedFeatures: Readonly<Record<WireName, ReturnType<typeof refusedBy>>> = {
  anthropic: refusedBy('anthropic'),
  'openai-chat': refusedBy('openai-chat'),
  'openai-responses': refusedBy('openai-responses'),
  gemini: refusedBy('gemini'),
}

/** Whether no part of the request is refused for what the wire is. */
export function canCarry(request: ChatRequest, target: WireName): boolean {
  return refusedFeatures[target].every(([, feature]) => feature.find(request, target) === undefined)
}

function assertCarried(request: ChatRequest, target: WireName): void {
  for (const [name, feature] of refusedFeatures[target]) {
    const field = feature.find(request, target)
    if (field !== undefined) throw new WireError(field, name, { wire: target })
  }
  for (const source of wireNames) if (source !== target) assertNoMeaningfulExtra(request, source, target)
}

function assertNoMeaningfulExtra({ extra }: ChatRequest, source: WireName, target: WireName): void {
  const fields = extra?.[source]
  if (fields === undefined) return
  for (const { field, path, matters } of extras[source]) {
    const value = valueAt(fields, path)
    if (value !== undefined && value !== null && matters(value)) {
      throw new WireError(field, 'noCounterpart', { wire: target })
    }
  }
}

function extrasOf(source: WireName) {
  return Object.entries(meaningfulExtras[source]).map(([field, matters]) => ({
    field,
    path: field.split('.'),
    matters,
  }))
}

/** /!\ Hot path: looked for in every request that another wire's upstream serves. */
const extras: Readonly<Record<WireName, ReturnType<typeof extrasOf>>> = {
  anthropic: extrasOf('anthropic'),
  'openai-chat': extrasOf('openai-chat'),
  'openai-responses': extrasOf('openai-responses'),
  gemini: extrasOf('gemini'),
}

function valueAt(object: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let value = object
  for (const key of path) value = isObject(value) ? value[key] : undefined
  return value
}
