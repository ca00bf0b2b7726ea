/** An archive that every `tar` reads (POSIX ustar), written while it is sent: never more than a piece of a file in memory. */
import { createReadStream } from 'node:fs'

export interface TarEntry {
  /** Its path in the archive, at most 100 bytes. */
  readonly name: string
  readonly file: string
  /** The file's length; it must not change while it is read. */
  readonly bytes: number
  readonly modifiedAt: number
}

const blockBytes = 512
const end = Buffer.alloc(2 * blockBytes)

export function tarBytes(entries: readonly TarEntry[]): number {
  return entries.reduce((sum, { bytes }) => sum + blockBytes + bytes + paddingOf(bytes), end.length)
}

export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield headerOf(entry)
    if (entry.bytes > 0) yield* createReadStream(entry.file, { end: entry.bytes - 1 }) as AsyncIterable<Buffer>
    yield Buffer.alloc(paddingOf(entry.bytes))
  }
  yield end
}

function paddingOf(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes
}

function headerOf({ name, bytes, modifiedAt }: TarEntry): Buffer {
  const header = Buffer.alloc(blockBytes)
  header.write(name, 0, 100)
  header.write('0000600\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  writeSize(header, bytes)
  header.write(`${octal(Math.floor(modifiedAt / 1000), 11)}\0`, 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  // The checksum counts itself as eight spaces.
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${octal(sum, 6)}\0 `, 148)
  return header
}

const largestOctal = 8 ** 11 - 1

/** Eleven octal digits, or for what they cannot say a binary number with its first bit set, as GNU and BSD write it. */
function writeSize(header: Buffer, bytes: number): void {
  if (bytes <= largestOctal) {
    header.write(`${octal(bytes, 11)}\0`, 124)
    return
  }
  header[124] = 0x80
  header.writeBigUInt64BE(BigInt(bytes), 128)
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0')
}
