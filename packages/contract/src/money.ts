/**
 * US dollars as people and JSON write them, and nano-dollars as everything here counts them.
 *
 * Guarantees: decimal text is read digit by digit, never through binary fractions of it, so 0.07 is 70,000,000 nano-dollars
 * and what was written reads back as the same number.
 */
const nanosPerDollar = 1_000_000_000
const decimal = /^(\d+)(?:\.(\d+))?$/

/** Nano-dollars of a decimal amount such as `"12.5"` or 12.5. Undefined when it is no such amount, is finer than a nano-dollar, or too large. */
export function tryDollars(amount: string | number): number | undefined {
  const match = decimal.exec(typeof amount === 'number' ? plainDecimal(amount) : amount.trim())
  if (match === null) return undefined
  const [, whole = '0', fraction = ''] = match
  const significant = fraction.replace(/(?<!0)0+$/, '')
  if (significant.length > 9) return undefined
  const nanos = Number(whole) * nanosPerDollar + Number(significant.padEnd(9, '0'))
  return Number.isSafeInteger(nanos) ? nanos : undefined
}

/** JavaScript's shortest text for the number, without its exponent: 1e-7 is `0.0000001`. */
function plainDecimal(amount: number): string {
  const [digits = '', exponent] = String(amount).split('e-')
  return exponent === undefined ? digits : `0.${'0'.repeat(Number(exponent) - 1)}${digits.replace('.', '')}`
}

/** The amount as decimal text with no trailing zeros: `0.07`. */
export function dollarText(nanos: number): string {
  const sign = nanos < 0 ? '-' : ''
  const digits = String(Math.abs(nanos)).padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The amount as a JSON number. */
export function dollars(nanos: number): number {
  return Number(dollarText(nanos))
}
