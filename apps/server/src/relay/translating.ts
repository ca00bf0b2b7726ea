import { eitherOf, fillMessage, type Message, ParleyError, wireFaults } from '@parley/contract'
import { WireError, type WireFault } from '@parley/wires'

/** Runs work of the wires: what a wire cannot read or say becomes the caller's error, naming the field. */
export function translating<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new ParleyError('wire_unsupported', {
      parameters: { detail: describeWireError(error) },
      details: { field: error.field },
      cause: error,
    })
  }
}

/** A fault without a text does not compile. */
const texts: { readonly [fault in WireFault]: Message } = wireFaults

export function describeWireError({ field, fault, parameters }: WireError): Message {
  const words = Object.entries(parameters).map(
    ([name, value]) => [name, typeof value === 'object' ? eitherOf(value) : value] as const,
  )
  return fillMessage(texts[fault], { field, ...Object.fromEntries(words) })
}
