/** One line for people. Node's error for a host with several addresses has no text, only the errors of each. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(describeError).join(', ')
  return error instanceof Error ? error.message : String(error)
}
