/**
 * A database and the secrets that its contents were made with belong together. With others, no API key would be found and
 * no stored credential could be read, which would look like everything else but what it is. So it is said at start.
 */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Secrets } from '../config/secrets.ts'
import { findSetting, insertSettingOnce, saveSetting } from '../store/settings-repository.ts'
import type { Store } from '../store/store.ts'

const key = 'secrets.fingerprints'
const remedy =
  'Put the secrets.json of the data folder that was used with it into this one, or set the same KEY_PEPPER and ENCRYPTION_KEY.'

const fingerprintsSchema = z.object({ keyPepper: z.string(), encryptionKey: z.string() })

export class SecretsMismatchError extends Error {
  override readonly name = 'SecretsMismatchError'
}

/** Throws SecretsMismatchError when the database was used with other secrets. Keys that were rotated are fine. */
export async function assertSecretsMatch(secrets: Secrets, store: Store, now: number): Promise<void> {
  const [newest] = secrets.encryptionKeys
  if (newest === undefined) throw new Error('there is no encryption key')
  const mine = { keyPepper: fingerprint(secrets.keyPepper), encryptionKey: newest.id }
  // Of two nodes that start on an empty database at once, the second finds what the first wrote.
  await insertSettingOnce({ key, value: mine, now }, store.database)
  const known = fingerprintsSchema.parse(await findSetting(key, store.database))

  if (known.keyPepper !== mine.keyPepper) {
    throw new SecretsMismatchError(
      `This database was used with another KEY_PEPPER: no API key would be found. ${remedy}`,
    )
  }
  if (!secrets.encryptionKeys.some(({ id }) => id === known.encryptionKey)) {
    throw new SecretsMismatchError(
      `The key that encrypted this database's credentials (${known.encryptionKey}) is not there. ${remedy}`,
    )
  }
  if (known.encryptionKey !== mine.encryptionKey) {
    await saveSetting({ key, value: mine, now, userId: null }, store.database)
  }
}

function fingerprint(secret: Uint8Array): string {
  return createHash('sha256').update('fingerprint').update(secret).digest('hex').slice(0, 16)
}
