import type { JsonObject, ThinkingEvent } from '../neutral.ts'
import { wrapCallSignature } from '../shared/call-signature.ts'
import { hasOpaque, isOwnOpaque, wrapOpaque } from '../shared/opaque.ts'
import { closeItem, type OpenReasoning, openItem, placeOf, type ReplyDraft, say, sayRaw } from './reply.ts'

/** Thinking: a reasoning item with one summary part. What must come back travels in its encrypted content. */

export function writeThinking(draft: ReplyDraft, event: ThinkingEvent): string {
  const [reasoning, opened] = reasoningOf(draft, event)
  if (hasOpaque(event)) reasoning.encryptedContent = writeOpaque(event)
  if (event.text === '') return opened
  const started = reasoning.hasSummary ? '' : openSummary(draft, reasoning)
  reasoning.text += event.text
  const place = `,"item_id":${JSON.stringify(reasoning.id)},"output_index":${reasoning.outputIndex},"summary_index":0`
  const delta = `${place},"delta":${JSON.stringify(event.text)}`
  return opened + started + sayRaw(draft, 'response.reasoning_summary_text.delta', delta)
}

function writeOpaque(event: ThinkingEvent): string | undefined {
  return isOwnOpaque(event, 'openai-responses') ? event.encrypted : wrapOpaque(event)
}

function reasoningOf(draft: ReplyDraft, event: ThinkingEvent): [OpenReasoning, string] {
  const existing = draft.blocks.get(event.index)
  if (existing?.kind === 'reasoning') return [existing, '']
  const own = event.id?.startsWith('rs_') && isOwnOpaque(event, 'openai-responses') ? { id: event.id } : {}
  const [item, said] = openItem(draft, 'rs_', { type: 'reasoning', ...own, summary: [] })
  const reasoning: OpenReasoning = {
    kind: 'reasoning',
    ...item,
    text: '',
    hasSummary: false,
    encryptedContent: undefined,
  }
  draft.blocks.set(event.index, reasoning)
  return [reasoning, said]
}

function openSummary(draft: ReplyDraft, reasoning: OpenReasoning): string {
  reasoning.hasSummary = true
  return say(draft, 'response.reasoning_summary_part.added', { ...summaryPlace(reasoning), part: summaryPart('') })
}

function summaryPlace(reasoning: OpenReasoning): JsonObject {
  return placeOf(reasoning, { summary_index: 0 })
}

function summaryPart(text: string): JsonObject {
  return { type: 'summary_text', text }
}

export function closeReasoning(draft: ReplyDraft, reasoning: OpenReasoning): string {
  const { item, text, encryptedContent } = reasoning
  if (encryptedContent !== undefined) item.encrypted_content = encryptedContent
  if (!reasoning.hasSummary) return closeItem(draft, reasoning)
  item.summary = [summaryPart(text)]
  const place = summaryPlace(reasoning)
  return (
    say(draft, 'response.reasoning_summary_text.done', { ...place, text }) +
    say(draft, 'response.reasoning_summary_part.done', { ...place, part: summaryPart(text) }) +
    closeItem(draft, reasoning)
  )
}

/** The signature of the call that follows, in an item of its own: a call has no field for it. */
export function writeCallSignature(draft: ReplyDraft, callId: string, signature: string): string {
  const content = wrapCallSignature(callId, signature)
  const [item, said] = openItem(draft, 'rs_', { type: 'reasoning', summary: [], encrypted_content: content })
  return said + closeItem(draft, item)
}
