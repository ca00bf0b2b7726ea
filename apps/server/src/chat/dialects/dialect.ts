import type { LoggedEvent } from '../runs/run-event.ts'

/**
 * A way to say a run's log as server-sent events. An encoder sees every event from the first on, also those whose text
 * is not sent because the reader has it already; its text is '' for what its dialect has no word for.
 */
export type Encoder = (logged: LoggedEvent) => string

/** One server-sent event. JSON holds no line breaks, so `data` is always one line. */
export function formatEvent(parts: { seq?: number; event?: string; data: unknown }): string {
  const id = parts.seq === undefined ? '' : `id: ${parts.seq}\n`
  const event = parts.event === undefined ? '' : `event: ${parts.event}\n`
  return `${id}${event}data: ${JSON.stringify(parts.data)}\n\n`
}
