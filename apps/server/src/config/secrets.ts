/**
 * The server's own secrets. Those that are not given are made on first start and kept in `secrets.json` (mode 0600).
 *
 * Guarantees: two processes that start at once end up with the same file; a key that once encrypted is never dropped by
 * setting another one; weak or placeholder values are refused by name.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Problem } from './env.ts'

export interface Secrets {
  readonly jwtSecret: Uint8Array
  /** AES-256-GCM keys by id; the first one encrypts, all decrypt. */
  readonly encryptionKeys: readonly { readonly id: string; readonly key: Uint8Array }[]
  /** Pepper of API key hashes. */
  readonly keyPepper: Uint8Array
}

export interface GivenSecrets {
  readonly jwtSecret: string | undefined
  readonly encryptionKeys: readonly string[]
  readonly keyPepper: string | undefined
}

const minimumLength = 32
const placeholder =
  /^(.)\1+$|change[-_ ]?(?:this|me)|your[-_ ]|example|placeholder|secret[-_ ]?key|^(?:0123456789|abcdefgh)/i
const remedy = 'Set a random value (openssl rand -hex 32), or leave it out: one is made and kept in the data folder.'

const fileSchema = z.object({
  jwtSecret: z.string().min(minimumLength),
  encryptionKeys: z.array(z.base64url()).min(1),
  keyPepper: z.string().min(minimumLength),
})
type SecretsFile = z.infer<typeof fileSchema>

/** What is wrong with the secrets that were given. */
export function problemsOfSecrets(given: GivenSecrets): Problem[] {
  const problems: Problem[] = []
  const check = (setting: string, value: string | undefined) => {
    if (value === undefined) return
    if (placeholder.test(value)) problems.push({ setting, problem: 'is a placeholder that everybody knows', remedy })
    else if (value.length < minimumLength) {
      problems.push({
        setting,
        problem: `is too short: ${value.length} characters, at least ${minimumLength} are needed`,
        remedy,
      })
    }
  }
  check('JWT_SECRET', given.jwtSecret)
  check('KEY_PEPPER', given.keyPepper)
  for (const key of given.encryptionKeys) {
    const before = problems.length
    check('ENCRYPTION_KEY', key)
    if (problems.length === before && tryReadKey(key) === undefined) {
      problems.push({
        setting: 'ENCRYPTION_KEY',
        problem: 'must be 32 characters, or 32 bytes as base64 or hex',
        remedy,
      })
    }
  }
  return problems
}

/** The secrets to run with. Call it only when `problemsOfSecrets` found nothing. */
export function loadSecrets(dataDir: string, given: GivenSecrets): Secrets {
  const kept = loadFile(dataDir)
  const givenKeys = given.encryptionKeys.flatMap((key) => tryReadKey(key) ?? [])
  const keptKeys = kept.encryptionKeys.map((key) => Buffer.from(key, 'base64url'))
  return {
    jwtSecret: Buffer.from(given.jwtSecret ?? kept.jwtSecret),
    encryptionKeys: [...givenKeys, ...keptKeys].map((key) => ({ id: idOfKey(key), key })),
    keyPepper: Buffer.from(given.keyPepper ?? kept.keyPepper),
  }
}

/** Makes a key that encrypts from the next start on; those before it still decrypt. */
export function addEncryptionKey(dataDir: string): void {
  const kept = loadFile(dataDir)
  const changed: SecretsFile = { ...kept, encryptionKeys: [randomSecret(), ...kept.encryptionKeys] }
  const file = path.join(dataDir, 'secrets.json')
  const draft = writeDraft(file, changed)
  renameSync(draft, file)
}

/** The same key has the same id, wherever it comes from. */
function idOfKey(key: Uint8Array): string {
  return createHash('sha256').update('key id').update(key).digest('hex').slice(0, 8)
}

function tryReadKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, 'base64')
  const bytes = Buffer.from(text)
  return bytes.length === 32 ? bytes : undefined
}

function loadFile(dataDir: string): SecretsFile {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = path.join(dataDir, 'secrets.json')
  const kept = tryReadFile(file)
  if (kept !== undefined) return kept
  const made: SecretsFile = {
    jwtSecret: randomSecret(),
    encryptionKeys: [randomSecret()],
    keyPepper: randomSecret(),
  }
  // Written aside and linked into place: whoever comes second finds the first one's file, complete.
  const draft = writeDraft(file, made)
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(draft)
  }
  return tryReadFile(file) ?? made
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url')
}

function writeDraft(file: string, secrets: SecretsFile): string {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 })
  return draft
}

function tryReadFile(file: string): SecretsFile | undefined {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
  try {
    return fileSchema.parse(JSON.parse(content))
  } catch (cause) {
    throw new Error(`${file} is damaged. Restore it from a backup: stored credentials cannot be read without it.`, {
      cause,
    })
  }
}
