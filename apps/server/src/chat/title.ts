const titleLength = 20

/** A title from a reply: its first characters, on one line. Characters are code points: no emoji is cut in half. */
export function titleOf(reply: string): string {
  const start = reply.trimStart().slice(0, titleLength * 4)
  return Array.from(start.replace(/\s+/g, ' ')).slice(0, titleLength).join('').trim()
}
