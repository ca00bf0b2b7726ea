/** The models of the largest aggregators, several times over. */
const maxBytes = 8 * 1024 * 1024

/** A body as text. Throws when it is longer than what a small question is answered with: it may have no end. */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes / 1024 / 1024} MB`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
