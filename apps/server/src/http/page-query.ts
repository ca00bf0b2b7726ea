import { z } from 'zod'

const wholeNumber = (most: number) => z.coerce.number().int().min(1).max(most)

export const pageQuery = z.object({
  page: wholeNumber(1_000_000).default(1),
  limit: wholeNumber(500).default(100),
})
