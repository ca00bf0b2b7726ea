import type { DocumentBlock, ImageBlock, TextBlock, ToolResultBlock } from '../neutral.ts'

/** Pictures and documents of a tool's result, for wires and models that want them after the results: with what they are. */
export function mediaOf(result: ToolResultBlock): (TextBlock | ImageBlock | DocumentBlock)[] {
  const media = result.content.filter((block) => block.type !== 'text')
  if (media.length === 0) return []
  return [{ type: 'text', text: `From the result of the tool call ${result.toolCallId}:` }, ...media]
}
