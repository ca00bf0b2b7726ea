/** A line of the log for people at a terminal: time, level, message, then the rest as `name=value`. */

const colors: { readonly [level: string]: number } = { fatal: 35, error: 31, warn: 33, info: 32, debug: 36, trace: 90 }

interface Line {
  readonly time: string
  readonly level: string
  readonly message?: string
  readonly err?: unknown
  readonly [field: string]: unknown
}

export function formatLogLine(line: string): string {
  const { time, level, message = '', err, ...rest } = JSON.parse(line) as Line
  const fields = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  const stack = isError(err) ? `\n${err.stack ?? err.message}` : ''
  const clock = time.slice(11, 23)
  return `${paint(90, clock)} ${paint(colors[level] ?? 0, level.padEnd(5))} ${message} ${paint(90, fields.join(' '))}${stack}\n`
}

function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value
}

function paint(color: number, text: string): string {
  return `\u001b[${color}m${text}\u001b[0m`
}
