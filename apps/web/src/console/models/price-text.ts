import { formatNumber } from '../../i18n/format.ts'
import type { ModelPrices } from '../api-types.ts'

/** "$3.00 · $15.00": input and output for one million tokens. */
export function priceText({ input, output }: ModelPrices): string {
  return `${dollars(input)} · ${dollars(output)}`
}

function dollars(amount: number): string {
  return formatNumber(amount, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    maximumFractionDigits: 6,
  })
}
