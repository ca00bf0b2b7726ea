import type { ChatEvent } from '../neutral.ts'
import { wrapSummary } from '../shared/opaque.ts'
import { closeItem, openItem, type ReplyDraft } from './reply.ts'

const framing: ReadonlySet<ChatEvent['type']> = new Set(['start', 'usage', 'finish', 'error'])

/** Whether the event is part of the summary in the making, of which nothing is said before it is whole. */
export function takeSummary(draft: ReplyDraft, event: ChatEvent): boolean {
  if (draft.summary === undefined || framing.has(event.type)) return false
  if (event.type === 'text') draft.summary += event.text
  return true
}

export function writeCompaction(draft: ReplyDraft, summary: string): string {
  const [item, said] = openItem(draft, 'cmp_', { type: 'compaction', encrypted_content: wrapSummary(summary) })
  return said + closeItem(draft, item)
}
