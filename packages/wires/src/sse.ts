/**
 * Server-sent events, after the WHATWG HTML standard, section 9.2 (event stream interpretation).
 *
 * Guarantees: any chunking of the same bytes gives the same events, also when a chunk ends inside a UTF-8 character or
 * between CR and LF; time is linear in the bytes; an unfinished event at the end is not dispatched.
 */
export interface SseEvent {
  /** The `event:` field; '' when there was none. */
  event: string
  /** The `data:` lines, joined by LF. */
  data: string
  /** The `id:` field of this event, when it had one. */
  id?: string
}
