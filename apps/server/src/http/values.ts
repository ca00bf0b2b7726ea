/** How values go over the wire. */
import { z } from 'zod'

/** ISO 8601, in UTC. */
export function isoTime(milliseconds: number): string
export function isoTime(milliseconds: number | null): string | null
export function isoTime(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}

/** Digits are exact; a number is for who has one. */
export const amountSchema = z.union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?$/)])
