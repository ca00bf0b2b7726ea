import type { OutputFormat, TextBlock } from '../neutral.ts'

/** JSON as the output, asked for in words: an instruction for wires and models to which it cannot be a setting. */
export function jsonInWords(output: OutputFormat | undefined): TextBlock[] {
  if (output === undefined || output.type === 'text') return []
  const instruction = 'Reply with one valid JSON object and nothing else.'
  if (output.type === 'json') return [{ type: 'text', text: instruction }]
  const schema = JSON.stringify(output.schema)
  return [{ type: 'text', text: `Reply with JSON that this JSON Schema describes, and nothing else: ${schema}` }]
}
