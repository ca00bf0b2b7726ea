import { timingSafeEqual } from 'node:crypto'

/** How long it takes tells nothing but their lengths. */
export function isSameSecret(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
