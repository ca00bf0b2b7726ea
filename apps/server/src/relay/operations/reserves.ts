import type { OperationName } from '../exchange.ts'

/** What admitting an operation reserves. */
export const reserves = {
  'count-tokens': 'nothing',
  embed: 'input',
  complete: 'input and output',
  compact: 'input and output',
} as const satisfies { readonly [name in OperationName]: string }
