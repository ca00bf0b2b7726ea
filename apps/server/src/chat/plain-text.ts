import { z } from 'zod'

/** Text as a person writes it. NUL has no meaning in text, and PostgreSQL cannot store it. */
export function plainText(): z.ZodString {
  return z.string().overwrite(withoutNul)
}

/** Any id: one that cannot be is simply not found. */
export const idSchema = plainText()

export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}
