/**
 * Seals secrets that must be read back (upstream credentials, tokens): AES-256-GCM, a fresh nonce each time.
 *
 * Guarantees: what was changed, truncated, or moved to another place is refused, because the `context` (which row and
 * field it belongs to, `account:<id>:api_key`) is authenticated with it. Every sealed text names its key, so keys rotate:
 * the first key of the list seals, all of them open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Secrets } from './secrets.ts'

export interface Encryption {
  /** Text that is safe to store: `v1.<key id>.<base64url of nonce, ciphertext and tag>`. */
  seal(text: string, context: string): string
  /** The text again. Throws DecryptionError when it was not sealed for this context or its key is gone. */
  open(sealed: string, context: string): string
  /** True when the newest key sealed it. Others are worth sealing again. */
  isCurrent(sealed: string): boolean
}

export class DecryptionError extends Error {
  override readonly name = 'DecryptionError'
}

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

export function createEncryption(secrets: Pick<Secrets, 'encryptionKeys'>): Encryption {
  const keys = new Map(secrets.encryptionKeys.map(({ id, key }) => [id, key]))
  const [newest] = secrets.encryptionKeys
  if (newest === undefined) throw new Error('there is no encryption key')

  return {
    seal(text, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv(algorithm, newest.key, nonce).setAAD(Buffer.from(context))
      const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `v1.${newest.id}.${bytes.toString('base64url')}`
    },

    open(sealed, context) {
      const [version, keyId, encoded] = sealed.split('.')
      if (version !== 'v1' || keyId === undefined || encoded === undefined)
        throw new DecryptionError('not a sealed text')
      const key = keys.get(keyId)
      if (key === undefined) throw new DecryptionError(`it was sealed with the key ${keyId}, which is not configured`)
      return decrypt(key, Buffer.from(encoded, 'base64url'), context)
    },

    isCurrent: (sealed) => sealed.startsWith(`v1.${newest.id}.`),
  }
}

function decrypt(key: Uint8Array, bytes: Buffer, context: string): string {
  if (bytes.length < nonceBytes + tagBytes) throw new DecryptionError('the sealed text is cut off')
  const nonce = bytes.subarray(0, nonceBytes)
  const tag = bytes.subarray(bytes.length - tagBytes)
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(context))
    .setAuthTag(tag)
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new DecryptionError('it was changed, or sealed for something else', { cause })
  }
}
