import type { OperationName } from '../exchange.ts'

type Reserved = 'nothing' | 'input' | 'input and output'

const reserves: { readonly [name in OperationName]: Reserved } = {
  'count-tokens': 'nothing',
  embed: 'input',
  complete: 'input and output',
  compact: 'input and output',
}

/** What admitting a call reserves; undefined: it asks for a reply. */
export function reservedBy(operation: OperationName | undefined): Reserved {
  return operation === undefined ? 'input and output' : reserves[operation]
}
