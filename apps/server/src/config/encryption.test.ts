import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import { createEncryption, DecryptionError } from './encryption.ts'

const older = { id: 'older', key: randomBytes(32) }
const newer = { id: 'newer', key: randomBytes(32) }

describe('encryption', () => {
  it('opens what it sealed, and never seals the same text the same way twice', () => {
    const encryption = createEncryption({ encryptionKeys: [newer] })
    const first = encryption.seal('sk-密钥-🔑', 'account:1')
    assert.equal(encryption.open(first, 'account:1'), 'sk-密钥-🔑')
    assert.notEqual(first, encryption.seal('sk-密钥-🔑', 'account:1'))
    assert.equal(first.includes('sk-'), false)
  })

  it('refuses a text that was sealed for another place', () => {
    const encryption = createEncryption({ encryptionKeys: [newer] })
    assert.throws(() => encryption.open(encryption.seal('secret', 'account:1'), 'account:2'), DecryptionError)
  })

  it('refuses a text of which any byte was changed or cut off', () => {
    const encryption = createEncryption({ encryptionKeys: [newer] })
    const [version, id, encoded] = encryption.seal('secret', 'c').split('.')
    const bytes = Buffer.from(encoded ?? '', 'base64url')
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes)
      changed[index] = (changed[index] ?? 0) ^ 1
      assert.throws(() => encryption.open(`${version}.${id}.${changed.toString('base64url')}`, 'c'), DecryptionError)
    }
    assert.throws(
      () => encryption.open(`${version}.${id}.${bytes.subarray(0, 20).toString('base64url')}`, 'c'),
      DecryptionError,
    )
    assert.throws(() => encryption.open('plain text', 'c'), DecryptionError)
  })

  it('opens with an older key after a rotation, and tells which texts are due', () => {
    const before = createEncryption({ encryptionKeys: [older] }).seal('secret', 'c')
    const rotated = createEncryption({ encryptionKeys: [newer, older] })
    assert.equal(rotated.open(before, 'c'), 'secret')
    assert.equal(rotated.isCurrent(before), false)
    assert.equal(rotated.isCurrent(rotated.seal('secret', 'c')), true)
    assert.throws(() => createEncryption({ encryptionKeys: [newer] }).open(before, 'c'), /key older/)
  })
})
