/** A body, all of it; undefined as soon as it is longer than so many bytes: it may have no end. */
export async function tryReadAtMost(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The models of the largest aggregators, several times over. */
const longestAnswer = 8 * 1024 * 1024

/** What a small question is answered with, as text. Throws when it is longer than such an answer can be. */
export async function readAnswer(body: AsyncIterable<Uint8Array>): Promise<string> {
  const bytes = await tryReadAtMost(body, longestAnswer)
  if (bytes === undefined) throw new Error(`the answer is longer than ${longestAnswer / 1024 / 1024} MB`)
  return bytes.toString('utf8')
}
