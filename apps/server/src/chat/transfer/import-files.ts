/**
 * The files in an import. They come before the conversation that has them, each in one or more parts, and are stored as
 * they come: no more than a part is held.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import type { MessageAttachment } from '../attachments/attachment.ts'
import type { Attachments, AttachmentUpload } from '../attachments/service.ts'
import { asCount, asText, type Json } from './json-values.ts'
import type { OwnAttachment } from './imported.ts'

export const fileFormat = 'parley-attachment'

interface OpenFile {
  readonly sourceId: string
  readonly upload: AttachmentUpload
  nextPart: number
}

export class ImportedFiles implements AsyncDisposable {
  readonly #userId: string
  readonly #attachments: Attachments
  readonly #known = new Map<string, MessageAttachment>()
  #open: OpenFile | undefined
  count = 0

  constructor(userId: string, attachments: Attachments) {
    this.#userId = userId
    this.#attachments = attachments
  }

  /** Takes one part; why the file cannot be kept, when it cannot. */
  async take(part: Json): Promise<string | undefined> {
    const sourceId = asText(part['id'])
    const number = asCount(part['part'])
    try {
      if (number === 0 && !(await this.#begin(sourceId, asText(part['name'])))) return undefined
      const file = this.#open
      // Of a file that is here already, or was refused, the rest is passed over.
      if (file === undefined || file.sourceId !== sourceId || file.nextPart !== number) return undefined
      await file.upload.push(Buffer.from(asText(part['data']), 'base64'))
      file.nextPart += 1
      if (file.nextPart >= asCount(part['parts'])) await this.#finish(file)
      return undefined
    } catch (error) {
      await this[Symbol.asyncDispose]()
      if (error instanceof ParleyError) return error.message
      throw error
    }
  }

  /** What a message of the importing person has in its place; its content may be gone. */
  attachmentFor(attachment: OwnAttachment): MessageAttachment {
    const id = this.#idFor(attachment.id)
    return this.#known.get(id) ?? { ...attachment, id, token_count: 0 }
  }

  /** Looks up those that came with an earlier import. */
  async lookUp(attachments: readonly OwnAttachment[]): Promise<void> {
    const missing = attachments.map(({ id }) => this.#idFor(id)).filter((id) => !this.#known.has(id))
    for (const [id, { name, media_type, size, token_count }] of await this.#attachments.tryRead(missing)) {
      this.#known.set(id, { id, name, media_type, size, token_count })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#open
    this.#open = undefined
    await file?.upload[Symbol.asyncDispose]()
  }

  async #begin(sourceId: string, name: string): Promise<boolean> {
    await this[Symbol.asyncDispose]()
    const id = this.#idFor(sourceId)
    if ((await this.#attachments.tryRead([id])).has(id)) return false
    this.#open = { sourceId, upload: await this.#attachments.open(this.#userId, { name, id }), nextPart: 0 }
    return true
  }

  async #finish({ upload }: OpenFile): Promise<void> {
    const { created_at: _, ...attachment } = await upload.finish()
    this.#open = undefined
    this.#known.set(attachment.id, attachment)
    this.count += 1
  }

  /** The same file of the same person is the same one, however often it comes. */
  #idFor(sourceId: string): string {
    const hash = createHash('sha256').update(`${this.#userId}/attachment/${sourceId}`).digest('hex')
    return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
  }
}
