/** One line of CSV (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function csvLine(values: readonly (string | number | null)[]): string {
  return `${values.map(cell).join(',')}\r\n`
}

function cell(value: string | number | null): string {
  if (typeof value === 'number') return String(value)
  const text = value ?? ''
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A JSON array, one item in a line, of which nothing but the item at hand is in memory. */
export async function* jsonLines(items: AsyncIterable<object>): AsyncGenerator<string> {
  let separator = '['
  for await (const item of items) {
    yield separator + JSON.stringify(item)
    separator = ',\n'
  }
  yield separator === '[' ? '[]\n' : ']\n'
}

/** CSV with a line of names first. */
export async function* csvLines<Item extends { readonly [name: string]: string | number | null }>(
  names: readonly (keyof Item & string)[],
  items: AsyncIterable<Item>,
): AsyncGenerator<string> {
  yield csvLine(names)
  for await (const item of items) yield csvLine(names.map((name) => item[name] ?? null))
}
