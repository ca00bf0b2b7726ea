import { type Fate, type Feature, fateNames, features, meaningfulExtras } from './losses.ts'
import { type WireName, wireNames } from './neutral.ts'

/** The tables in README.md, from the rules in losses.ts. */
export function renderLosses(): string {
  return [renderLegend(), renderFeatures(), renderExtras()].join('\n\n')
}

const marks: Readonly<Record<Fate, string>> = { carried: '✓', reshaped: '≈', dropped: '–', refused: '✗' }

const titles: Readonly<Record<WireName, string>> = {
  anthropic: 'Anthropic',
  'openai-chat': 'OpenAI Chat',
  'openai-responses': 'OpenAI Responses',
  gemini: 'Gemini',
}

function renderLegend(): string {
  return Object.entries(fateNames)
    .map(([fate, meaning]) => `${marks[fate as Fate]} ${fate}: ${meaning}`)
    .join('  \n')
}

function renderFeatures(): string {
  const rows = Object.values<Feature>(features).map(({ title, fates, note }) => [
    title,
    ...wireNames.map((name) => marks[fates[name]]),
    note ?? '',
  ])
  return renderTable(['What a request has', ...wireNames.map((name) => `to ${titles[name]}`), ''], rows)
}

function renderExtras(): string {
  const rows = wireNames.map((name) => [titles[name], Object.keys(meaningfulExtras[name]).map(code).join(', ')])
  return renderTable(['Fields of one wire', 'that any other refuses when they are set'], rows)
}

function code(text: string): string {
  return `\`${text}\``
}

/** Padded, as the formatter would do it. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
