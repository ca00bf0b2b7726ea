/**
 * Guarantee: what others have named or said (keys, accounts, upstreams' errors) cannot command the terminal of whoever
 * reads it here.
 */
import { confirm, isCancel } from '@clack/prompts'
import { CommandError } from './api-client.ts'

/** Where a command's answer goes. With `--json` standard output has JSON and nothing else. */
export interface Terminal {
  /** A list, as a table of these columns. */
  table<Row extends object>(rows: readonly Row[], columns: readonly Column<Row>[]): void
  /** One thing, name by name. */
  details(value: object): void
  /** What was done. `value` is what `--json` gives. */
  say(text: string, value: object): void
  /** How far something is that takes long: on standard error, so that `--json` gives JSON and nothing else. */
  progress(text: string): void
  /** Resolves when the answer is yes; throws when it is no, or when there is nobody to ask and `--yes` was not given. */
  confirm(question: string): Promise<void>
}

export interface Column<Row> {
  readonly title: string
  readonly read: (row: Row) => unknown
}

export interface TerminalOptions {
  readonly isJson: boolean
  readonly isYes: boolean
  readonly isInteractive: boolean
  readonly write: (text: string) => void
  readonly writeProgress: (text: string) => void
}

export function createTerminal({ isJson, isYes, isInteractive, write, writeProgress }: TerminalOptions): Terminal {
  const json = (value: unknown) => write(`${JSON.stringify(value, null, 2)}\n`)
  return {
    table(rows, columns) {
      if (isJson) json(rows)
      else write(rows.length === 0 ? 'None.\n' : tableText(rows, columns))
    },
    details(value) {
      if (isJson) return json(value)
      const lines = Object.entries(value).map(([name, field]) => [`${name}:`, textOf(field)] as const)
      const width = Math.max(...lines.map(([name]) => name.length)) + 2
      write(lines.map(([name, field]) => `${name.padEnd(width)}${field}\n`).join(''))
    },
    say(text, value) {
      if (isJson) json(value)
      else write(`${withoutControls(text)}\n`)
    },
    progress: (text) => writeProgress(`${withoutControls(text)}\n`),
    async confirm(question) {
      if (isYes) return
      if (!isInteractive) throw new CommandError(`${question} Say --yes to do it without being asked.`, { exitCode: 2 })
      const answer = await confirm({ message: withoutControls(question), initialValue: false })
      if (isCancel(answer) || !answer) throw new CommandError('Nothing was changed.', { exitCode: 130 })
    },
  }
}

function tableText<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ read }) => textOf(read(row))))]
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))))
  const padded = lines.map((line) =>
    line.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell))).join('  '),
  )
  return `${padded.map((line) => line.trimEnd()).join('\n')}\n`
}

/** Columns on a terminal: Chinese characters take two. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += /[ᄀ-ᅟ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]/u.test(character) ? 2 : 1
  return width
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  return withoutControls(plainTextOf(value))
}

function plainTextOf(value: unknown): string {
  if (typeof value === 'string') return /[\n\t]/.test(value) ? JSON.stringify(value) : value
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ') || '-'
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

/** Escape sequences, and what turns the direction of writing around, as `\u001b`; lines stay lines. */
function withoutControls(text: string): string {
  return text.replaceAll(
    /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
