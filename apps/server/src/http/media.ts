/** What goes over the wire without being the JSON of a route's schema. Only the description of the API reads it. */
import { z } from 'zod'

/** What there is in which form: schemas by media type. */
export interface Media {
  readonly [type: string]: z.ZodType
}

const bytes = z.string().meta({ format: 'binary' })

export const eventStream = { 'text/event-stream': z.string().describe('Server-sent events') } satisfies Media

export const anyFile = { 'application/octet-stream': bytes } satisfies Media

export const tarFile = { 'application/x-tar': bytes } satisfies Media

export const csvFile = { 'text/csv': z.string().describe('The first line has the names (RFC 4180)') } satisfies Media

/** As the caller chooses. */
export const csvOrJson = (item: z.ZodType): Media => ({ ...csvFile, 'application/json': z.array(item) })
