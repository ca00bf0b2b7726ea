import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ContentInspector } from './content-inspector.ts'

function inspect(content: Buffer, size = content.length) {
  const inspector = new ContentInspector()
  for (let at = 0; at < content.length; at += size) inspector.push(content.subarray(at, at + size))
  return inspector.end()
}

test('a file is what its bytes say, wherever they are cut', () => {
  const files: readonly (readonly [string, Buffer])[] = [
    ['image/png', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(5_000)])],
    ['image/jpeg', Buffer.from('\xff\xd8\xff\xe0', 'latin1')],
    ['image/gif', Buffer.from('GIF89a……')],
    ['image/webp', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1')],
    ['application/pdf', Buffer.from('%PDF-1.7\n\x80\x81', 'latin1')],
    ['application/pdf', Buffer.concat([Buffer.alloc(900, 0x20), Buffer.from('%PDF-1.4\n')])],
    ['text/plain', Buffer.from('\ufeff你好，世界\r\n\t😀 \u001b[1mlog'.repeat(300))],
    ['text/plain', Buffer.from('<svg onload="alert(1)"/>')],
  ]
  for (const [mediaType, content] of files) {
    for (const size of [1, 3, 1_000, content.length]) assert.equal(inspect(content, size).mediaType, mediaType)
  }
})

test('what is no text and nothing that is known is refused', () => {
  const files = [
    Buffer.alloc(0),
    Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1'),
    Buffer.from('PK\x03\x04 zip', 'latin1'),
    Buffer.from('half a character \xe4\xbd', 'latin1'),
    Buffer.concat([Buffer.alloc(5_000, 'a'), Buffer.from([0])]),
  ]
  for (const content of files) {
    for (const size of [7, content.length + 1]) {
      assert.throws(() => inspect(content, size), { code: 'attachment_type' }, content.toString('latin1').slice(0, 20))
    }
  }
})

test('tokens of text are counted, those of pictures and documents estimated', () => {
  assert.equal(inspect(Buffer.from('a'.repeat(4_000))).tokenCount, 1_000)
  assert.equal(inspect(Buffer.from('中'.repeat(1_000))).tokenCount, 1_000)
  assert.equal(inspect(Buffer.from('GIF89a')).tokenCount, 1_600)
  assert.equal(inspect(Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(400_000)])).tokenCount, 10_001)
})
