import { z } from 'zod'

const wholeNumber = (most: number) => z.coerce.number().int().min(1).max(most)

/** Which page of a list, and how long it is. */
export const pageQuery = (defaultLimit = 100, maxLimit = 500) =>
  z.object({
    page: wholeNumber(1_000_000).default(1),
    limit: wholeNumber(maxLimit).default(defaultLimit),
  })
