import { z } from 'zod'

const wholeNumber = (most: number) => z.coerce.number().int().min(1).max(most)

/** Which page of a list, and how long it is. */
export const pageFields = (defaultLimit = 100, maxLimit = 500) => ({
  page: wholeNumber(1_000_000).default(1),
  limit: wholeNumber(maxLimit).default(defaultLimit),
})

/**
 * The query of a list. A parameter without a value is as good as none: forms send `?tag=` for a field that was left empty.
 * `meant` are those of which the empty value says something.
 */
export function listQuery<Fields extends z.ZodRawShape>(fields: Fields, ...meant: readonly (keyof Fields)[]) {
  return z.preprocess((query) => withoutEmpty(query, meant), z.object(fields))
}

/** The query of a list that has pages and is looked through as it is. */
export const pageQuery = (defaultLimit?: number, maxLimit?: number) => listQuery(pageFields(defaultLimit, maxLimit))

function withoutEmpty(query: unknown, meant: readonly PropertyKey[]): object {
  return Object.fromEntries(Object.entries(query ?? {}).filter(([name, value]) => value !== '' || meant.includes(name)))
}
