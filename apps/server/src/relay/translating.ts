import { ParleyError } from '@parley/contract'
import { WireError } from '@parley/wires'

/** Runs work of the wires: what a wire cannot read or say becomes the caller's error, naming the field. */
export function translating<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new ParleyError('wire_unsupported', {
      parameters: { detail: error.message },
      details: { field: error.field },
      cause: error,
    })
  }
}
