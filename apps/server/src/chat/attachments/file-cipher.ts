/**
 * Encrypts a file's pieces: AES-256-GCM with a key of the file's own, a fresh nonce for each piece. Piece and place are
 * authenticated together, so that pieces cannot be changed, exchanged or moved to another file.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

export interface FileCipher {
  seal(piece: Uint8Array, number: number): Buffer
  /** Throws when it was changed, or sealed for another place. */
  open(sealed: Uint8Array, number: number): Buffer
}

const algorithm = 'aes-256-gcm'
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

export function createFileKey(): Buffer {
  return randomBytes(keyBytes)
}

export function createFileCipher(fileId: string, key: Uint8Array): FileCipher {
  const place = (number: number) => Buffer.from(`${fileId}:${number}`)
  return {
    seal(piece, number) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(place(number))
      return Buffer.concat([nonce, cipher.update(piece), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, number) {
      const end = sealed.length - tagBytes
      const decipher = createDecipheriv(algorithm, key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
        .setAAD(place(number))
        .setAuthTag(sealed.subarray(end))
      return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()])
    },
  }
}
