/** What has been said and is not in the server yet. Kept in this browser, so that a reload or a lost connection loses nothing. */
import { createStoredStore } from '../../api/store.ts'
import type { Attachment } from '../../api/types.ts'

export interface Outgoing {
  /** The same one again is the same send: the server gives the same run. */
  readonly clientMessageId: string
  readonly conversationId: string
  readonly userId: string
  readonly content: string
  readonly alsoModelIds?: readonly string[]
  readonly attachments?: readonly Attachment[]
  /** `waiting`: for the reply before it, or for the connection; `sending`: under way; `failed`: see the error. */
  readonly state: 'waiting' | 'sending' | 'failed'
  readonly error?: string
  /** It has waited: whoever said it may be reading elsewhere by now. */
  readonly isQueued?: boolean
}

export const outbox = createStoredStore<readonly Outgoing[]>('parley.outbox', (stored) =>
  Array.isArray(stored) ? (stored as Outgoing[]) : [],
)

export function changeOutgoing(clientMessageId: string, changes: Partial<Outgoing>): void {
  outbox.update((entries) =>
    entries.map((entry) => (entry.clientMessageId === clientMessageId ? { ...entry, ...changes } : entry)),
  )
}

export function dropOutgoing(clientMessageId: string): void {
  outbox.update((entries) => entries.filter((entry) => entry.clientMessageId !== clientMessageId))
}

/** Before all others of its conversation that wait. */
export function moveToFront(clientMessageId: string): void {
  reorder(clientMessageId, () => 0)
}

export function moveUp(clientMessageId: string): void {
  reorder(clientMessageId, (place) => place - 1)
}

/** Those that wait change places among themselves; the others stay where they are. */
function reorder(clientMessageId: string, placeAfter: (place: number) => number): void {
  outbox.update((entries) => {
    const moved = entries.find((entry) => entry.clientMessageId === clientMessageId)
    if (moved?.state !== 'waiting') return entries
    const waits = ({ conversationId, state }: Outgoing) =>
      conversationId === moved.conversationId && state === 'waiting'
    const waiting = entries.filter(waits)
    const others = waiting.filter((entry) => entry !== moved)
    const inOrder = others.toSpliced(Math.max(0, placeAfter(waiting.indexOf(moved))), 0, moved).values()
    return entries.map((entry) => (waits(entry) ? (inOrder.next().value ?? entry) : entry))
  })
}

/** The server has what was being sent in a conversation. */
export function dropSent(conversationId: string): void {
  outbox.update((entries) =>
    entries.some((entry) => entry.conversationId === conversationId && entry.state === 'sending')
      ? entries.filter((entry) => entry.conversationId !== conversationId || entry.state !== 'sending')
      : entries,
  )
}
