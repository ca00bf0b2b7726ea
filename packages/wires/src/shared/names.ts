import type { ChatMessage, TextBlock } from '../neutral.ts'

/**
 * Names of those who speak in the same role, for wires that have no field for them: the words begin with the name, as in a
 * script. The model's own words do not: it would go on to write its name itself.
 */
export function withNamesInWords(messages: ChatMessage[]): ChatMessage[] {
  if (messages.every(({ role, name }: Named) => role === 'system' || name === undefined)) return messages
  return messages.map((message) => {
    if (message.role === 'system') return message
    const { name, ...unnamed } = message
    return unnamed.role === 'user' ? { ...unnamed, content: withNameInWords(unnamed.content, name) } : unnamed
  })
}

type Named = { role: ChatMessage['role']; name?: string }

/** The name stands before the first text; without any, it is a text of its own. */
export function withNameInWords<Block extends { type: string }>(
  blocks: readonly (Block | TextBlock)[],
  name: string | undefined,
): (Block | TextBlock)[] {
  if (name === undefined || name === '') return [...blocks]
  const first = blocks.findIndex(isText)
  if (first === -1) return [{ type: 'text', text: `${name}:` }, ...blocks]
  return blocks.map((block, index) =>
    index === first && isText(block) ? { ...block, text: `${name}: ${block.text}` } : block,
  )
}

function isText(block: { type: string }): block is TextBlock {
  return block.type === 'text'
}
