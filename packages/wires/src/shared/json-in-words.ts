import type { ChatMessage, OutputFormat, TextBlock, ToolResultBlock } from '../neutral.ts'

/** JSON as the output, asked for in words: an instruction for wires and models to which it cannot be a setting. */
export function jsonInWords(output: OutputFormat | undefined): TextBlock[] {
  if (output === undefined || output.type === 'text') return []
  const instruction = 'Reply with one valid JSON object and nothing else.'
  if (output.type === 'json') return [{ type: 'text', text: instruction }]
  const schema = JSON.stringify(output.schema)
  return [{ type: 'text', text: `Reply with JSON that this JSON Schema describes, and nothing else: ${schema}` }]
}

type Content = ChatMessage['content'] | ToolResultBlock['content']

/** OpenAI refuses JSON without a schema as the output unless somebody speaks of it: then it is asked for in words, too. */
export function unspokenJson(output: OutputFormat | undefined, contents: readonly Content[]): TextBlock[] {
  return output?.type !== 'json' || contents.some(speaksOfJson) ? [] : jsonInWords(output)
}

function speaksOfJson(content: Content): boolean {
  return content.some((block) => {
    if (block.type === 'text') return /json/i.test(block.text)
    return block.type === 'tool-result' && speaksOfJson(block.content)
  })
}
