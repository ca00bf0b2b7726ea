import { createHash } from 'node:crypto'

/** A UUIDv7 (RFC 9562) whose random part is of its source: the same source gives the same id, and ids sort by time. */
export function idFrom(time: number, source: string, order: number): string {
  const at = Math.max(0, Math.floor(time)).toString(16).padStart(12, '0').slice(-12)
  const hash = createHash('sha256').update(source).digest('hex')
  const place = (order & 0xfff).toString(16).padStart(3, '0')
  const variant = ((Number.parseInt(hash.slice(0, 1), 16) & 0x3) | 0x8).toString(16)
  return `${at.slice(0, 8)}-${at.slice(8)}-7${place}-${variant}${hash.slice(1, 4)}-${hash.slice(4, 16)}`
}
