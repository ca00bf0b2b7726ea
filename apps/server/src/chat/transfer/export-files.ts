/**
 * Files in an export: elements of the list of their own, before the conversation that has them, in parts short enough to be
 * read back one at a time. How long a part is, is known before it is written: all pieces but the last are equally long.
 */
import type { ReadAttachment } from '../attachments/service.ts'
import { fileFormat } from './import-files.ts'

const piecesInPart = 32

/** The elements as JSON texts; `begin` stands before each. */
export async function* fileElements(file: ReadAttachment, begin: () => string): AsyncGenerator<string, void, void> {
  const { id, name, media_type, size } = file
  let parts = 1
  let number = 0
  for await (const piece of file.pieces()) {
    if (number === 0) parts = Math.max(1, Math.ceil(size / (piece.length * piecesInPart)))
    if (number % piecesInPart === 0) {
      const part = number / piecesInPart
      const head = JSON.stringify({ format: fileFormat, format_version: 1, id, name, media_type, size, part, parts })
      yield `${number === 0 ? '' : '"}'}${begin()}${head.slice(0, -1)},"data":"`
    }
    yield piece.toString('base64')
    number += 1
  }
  yield '"}'
}
