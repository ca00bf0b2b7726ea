import type { ChatMessage, TextBlock } from '../neutral.ts'

/**
 * Compaction: the conversation so far becomes one item that stands for it. Other upstreams have no such item, but they can
 * write a summary: they are asked for one in words, and it comes back in the item's encrypted content, which is ours to read.
 */
export const summaryWish: TextBlock = {
  type: 'text',
  text: [
    'The conversation so far will be replaced by a summary of it, which you write now. Whoever goes on has nothing else:',
    'say what is to be reached, what has been done and found out, what was decided and why, which constraints and wishes',
    'were given, what is still to be done, and every name, path, number and reference that is needed for it.',
    'Answer with the summary alone.',
  ].join(' '),
}

export function asksForSummary(messages: readonly ChatMessage[]): boolean {
  const last = messages.at(-1)?.content.at(-1)
  return last?.type === 'text' && last.text === summaryWish.text
}

/** A summary as the next request tells it. */
export function tellSummary(summary: string): TextBlock {
  return { type: 'text', text: `Summary of the conversation so far:\n\n${summary}` }
}
