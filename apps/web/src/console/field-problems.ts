import { ApiError } from '../api/client.ts'

/** Found on the page before anything is sent. */
export class FieldError extends Error {
  override readonly name = 'FieldError'
  readonly field: string

  constructor(field: string, message: string) {
    super(message)
    this.field = field
  }
}

interface Details {
  readonly field?: string
  readonly fields?: readonly { readonly field: string; readonly message: string }[]
}

/** What an error of the server says about single fields, by their names: `limits[0].max` is `limits.0.max`. */
export function fieldProblemsOf(error: unknown): ReadonlyMap<string, string> {
  if (error instanceof FieldError) return new Map([[error.field, error.message]])
  if (!(error instanceof ApiError) || typeof error.details !== 'object' || error.details === null) return new Map()
  const { field, fields = [] } = error.details as Details
  const one = field === undefined ? [] : [{ field, message: withoutName(error.message, field) }]
  return new Map([...one, ...fields].map((problem) => [plainName(problem.field), problem.message]))
}

function plainName(field: string): string {
  return field.replaceAll(/\[(\d+)\]/g, '.$1')
}

/** The field stands beside it. */
function withoutName(message: string, field: string): string {
  return message.startsWith(field) ? message.slice(field.length).replace(/^[:：]\s*/, '') : message
}
