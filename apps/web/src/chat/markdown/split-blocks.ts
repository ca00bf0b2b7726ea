/**
 * Cuts Markdown into pieces that mean the same apart as together, so that of a reply that grows only the last piece is read
 * again. It cuts at blank lines outside of code and math, before a line that cannot continue a list, quote or table.
 */
const fence = /^ {0,3}(`{3,}|~{3,})/
const continues = /^(\s|[-*+] |\d+[.)] |>|\||<)/
const definition = /^ {0,3}\[(?:[^[\]\\]|\\[^])+\]:/m

export function splitBlocks(markdown: string): readonly string[] {
  // A link's target may be defined far from where it is used.
  if (definition.test(markdown)) return [markdown]
  const blocks: string[] = []
  let block: string[] = []
  let openFence: string | undefined
  let isMath = false
  let isAfterBlank = false
  for (const line of markdown.split('\n')) {
    const isOutside = openFence === undefined && !isMath
    if (isOutside && isAfterBlank && block.length > 0 && !continues.test(line) && line.trim() !== '') {
      blocks.push(block.join('\n'))
      block = []
    }
    const mark = fence.exec(line)?.[1]
    if (openFence === undefined) openFence = isMath ? undefined : mark
    else if (mark?.startsWith(openFence) === true && line.trim() === mark) openFence = undefined
    if (openFence === undefined && line.trim() === '$$') isMath = !isMath
    isAfterBlank = line.trim() === ''
    block.push(line)
  }
  if (block.length > 0) blocks.push(block.join('\n'))
  return blocks
}
