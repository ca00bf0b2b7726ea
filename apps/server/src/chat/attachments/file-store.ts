/**
 * Files in the database: in encrypted pieces, each content once, whoever has it. Why there and not in a folder:
 * docs/decisions/014.
 *
 * Guarantees: a file is there whole or not at all, also when the process dies in the middle; neither writing nor reading
 * holds more than one piece of it; what is read is what was written, or reading fails.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { Encryption } from '../../config/encryption.ts'
import type { Connection, Store } from '../../store/store.ts'
import { isUniqueViolation } from '../../store/unique-violation.ts'
import { ContentInspector } from './content-inspector.ts'
import { createFileCipher, createFileKey } from './file-cipher.ts'
import * as repository from './repository.ts'

export interface FileStore {
  /** Begins a file of at most so many bytes. */
  begin(maxBytes: number): Promise<Upload>
  /** The content, piece by piece: all but the last have a length that base64 divides evenly. */
  read(file: ReadableFile): AsyncGenerator<Buffer, void, void>
}

/** Disposing one that was not finished leaves nothing of it. */
export interface Upload extends AsyncDisposable {
  /** Throws (ParleyError) when it is too large, or nothing that is known. */
  push(bytes: Uint8Array): Promise<void>
  /** Keeps it, in one commit with `use`, which gives somebody the file; nobody's are swept away. */
  finish<T>(use: (file: repository.StoredFileRow, connection: Connection) => Promise<T>): Promise<T>
}

export type ReadableFile = Pick<repository.AttachmentWithFile, 'file_id' | 'size' | 'sealed_key'>

export interface FileStoreOptions {
  readonly store: Store
  readonly encryption: Encryption
  readonly clock: () => number
}

const pieceBytes = 192 * 1024

export function fileKeyContext(fileId: string): string {
  return `stored_file:${fileId}:key`
}

export function createFileStore(options: FileStoreOptions): FileStore {
  const { store, encryption, clock } = options
  return {
    async begin(maxBytes) {
      const id = uuid()
      const key = createFileKey()
      const sealed = encryption.seal(key.toString('base64url'), fileKeyContext(id))
      const file = { id, hash: null, size: 0, media_type: '', token_count: 0, sealed_key: sealed, created_at: clock() }
      await repository.insertFile(file, store.database)
      return new FileUpload(file, { store, maxBytes, key })
    },
    async *read({ file_id: fileId, size, sealed_key: sealed }) {
      const key = Buffer.from(encryption.open(sealed, fileKeyContext(fileId)), 'base64url')
      const cipher = createFileCipher(fileId, key)
      let left = size
      for (let number = 0; left > 0; number += 1) {
        const content = await repository.tryChunk({ fileId, number }, store.database)
        if (content === undefined) throw new Error(`the file ${fileId} has lost its piece ${number}`)
        const piece = cipher.open(content, number)
        left -= piece.length
        yield piece
      }
    },
  }
}

class FileUpload implements Upload {
  readonly #file: repository.StoredFileRow
  readonly #options: { readonly store: Store; readonly maxBytes: number; readonly key: Buffer }
  readonly #hash = createHash('sha256')
  readonly #inspector = new ContentInspector()
  #pending: Buffer = Buffer.alloc(0)
  #size = 0
  #chunks = 0
  #isOver = false

  constructor(file: repository.StoredFileRow, options: { store: Store; maxBytes: number; key: Buffer }) {
    this.#file = file
    this.#options = options
  }

  async push(bytes: Uint8Array): Promise<void> {
    const { maxBytes } = this.#options
    this.#size += bytes.length
    if (this.#size > maxBytes) throw new ParleyError('too_large', { parameters: { limit: maxBytes } })
    this.#inspector.push(bytes)
    this.#hash.update(bytes)
    this.#pending = Buffer.concat([this.#pending, bytes])
    while (this.#pending.length >= pieceBytes) await this.#write(pieceBytes)
  }

  async finish<T>(use: (file: repository.StoredFileRow, connection: Connection) => Promise<T>): Promise<T> {
    const { mediaType, tokenCount } = this.#inspector.end()
    if (this.#pending.length > 0) await this.#write(this.#pending.length)
    const hash = this.#hash.digest('hex')
    const whole = { ...this.#file, hash, size: this.#size, media_type: mediaType, token_count: tokenCount }
    const result = await this.#keep(whole, use)
    this.#isOver = true
    return result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await repository.deleteFile(this.#file.id, this.#options.store.database)
  }

  async #keep<T>(
    whole: repository.StoredFileRow & { hash: string },
    use: (file: repository.StoredFileRow, connection: Connection) => Promise<T>,
  ): Promise<T> {
    const keepOnce = async () =>
      await this.#options.store.transaction(async (transaction) => {
        const known = await repository.tryFileByHash(whole.hash, transaction)
        if (known === undefined) {
          const { id, hash, size, media_type, token_count } = whole
          await repository.completeFile({ id, hash, size, media_type, token_count }, transaction)
        } else await repository.deleteFile(whole.id, transaction)
        return await use(known ?? whole, transaction)
      })
    try {
      return await keepOnce()
    } catch (error) {
      // The same content came to its end on another node meanwhile: this time it is seen.
      if (!isUniqueViolation(error, 'stored_file', 'hash')) throw error
      return await keepOnce()
    }
  }

  async #write(length: number): Promise<void> {
    const { store, key } = this.#options
    const piece = this.#pending.subarray(0, length)
    this.#pending = this.#pending.subarray(length)
    const number = this.#chunks
    this.#chunks += 1
    const content = createFileCipher(this.#file.id, key).seal(piece, number)
    await repository.insertChunk({ fileId: this.#file.id, number, content }, store.database)
  }
}
