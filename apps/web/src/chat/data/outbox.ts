/**
 * Sending: one message of a conversation at a time, each when the reply before it is there. Without a connection they wait
 * and go out when it is back; because of their ids none is ever said twice.
 */
import { ApiError, errorText, open } from '../../api/client.ts'
import { exclusively } from '../../api/exclusive.ts'
import { newId } from '../../api/new-id.ts'
import { session } from '../../api/session.ts'
import type { Attachment } from '../../api/types.ts'
import { showError } from '../../ui/toast.tsx'
import { changeOutgoing, dropOutgoing, moveToFront, type Outgoing, outbox } from './outbox-store.ts'
import { loadConversation, reloadConversation, reloadLists } from './queries.ts'
import { follow, runningRuns, stopRuns } from './runs.ts'

const retryMs = 4000
const busy = new Set<string>()
/** By the id of what is being sent. */
const sending = new Map<string, AbortController>()

/** What is said: words, files, or both. */
export interface Saying {
  readonly content: string
  readonly attachments?: readonly Attachment[]
  /** Who answers it, too. */
  readonly alsoModelIds?: readonly string[]
}

/** Gives the id that it waits under. */
export function say(conversationId: string, saying: Saying): string {
  const isNow = isFree(conversationId)
  const entry: Outgoing = {
    clientMessageId: newId(),
    conversationId,
    userId: session.get()?.user.id ?? '',
    ...saying,
    // Shown at once where nothing stands before it.
    state: isNow ? 'sending' : 'waiting',
    ...(isNow ? {} : { isQueued: true }),
  }
  outbox.update((entries) => [...entries, entry])
  void pump(conversationId)
  return entry.clientMessageId
}

/** Instead of the rest of the reply that is being written: what there is of it stays, and this is said next. */
export async function sayNow({ conversationId, clientMessageId }: { conversationId: string; clientMessageId: string }) {
  moveToFront(clientMessageId)
  await stopRuns(conversationId)
}

export function sayAgain(clientMessageId: string): void {
  const entry = outbox.get().find((known) => known.clientMessageId === clientMessageId)
  if (entry === undefined) return
  changeOutgoing(clientMessageId, { state: 'waiting' })
  void pump(entry.conversationId)
}

/** What is on its way is not waited for any longer. The server may have it all the same: then it is in the conversation. */
export function cancelSending(clientMessageId: string): void {
  sending.get(clientMessageId)?.abort()
}

/** Sends what was left when the page was closed or the connection lost. */
export function pumpAll(): void {
  for (const conversationId of new Set(outbox.get().map((entry) => entry.conversationId))) void pump(conversationId)
}

/** Something is on its way into a conversation: what the feed says about it is known here already. */
export function isSending(conversationId: string): boolean {
  return busy.has(conversationId)
}

function isFree(conversationId: string): boolean {
  return (
    !busy.has(conversationId) &&
    !runningRuns.get().has(conversationId) &&
    !outbox.get().some((entry) => entry.conversationId === conversationId)
  )
}

async function pump(conversationId: string): Promise<void> {
  if (busy.has(conversationId)) return
  busy.add(conversationId)
  try {
    await exclusively(`outbox.${conversationId}`, async () => {
      for (let next = nextOf(conversationId); next !== undefined; next = nextOf(conversationId)) {
        if (!(await send(next))) break
      }
    })
  } finally {
    busy.delete(conversationId)
  }
}

function nextOf(conversationId: string): Outgoing | undefined {
  if (runningRuns.get().has(conversationId)) return undefined
  const userId = session.get()?.user.id
  const own = outbox.get().filter((entry) => entry.conversationId === conversationId && entry.userId === userId)
  return own[0]?.state === 'failed' ? undefined : own[0]
}

/** False when the next one must wait. */
async function send({
  clientMessageId,
  conversationId,
  content,
  alsoModelIds = [],
  attachments = [],
}: Outgoing): Promise<boolean> {
  changeOutgoing(clientMessageId, { state: 'sending' })
  const leaving = new AbortController()
  sending.set(clientMessageId, leaving)
  try {
    const response = await open('POST', `/api/conversations/${conversationId}/messages/stream`, {
      signal: leaving.signal,
      body: {
        content,
        client_message_id: clientMessageId,
        ...(alsoModelIds.length === 0 ? {} : { also_models: alsoModelIds }),
        ...(attachments.length === 0 ? {} : { attachments: attachments.map(({ id }) => id) }),
      },
    })
    // What stands beside the reply is in the conversation, not in its stream.
    if (alsoModelIds.length > 0) loadConversation(conversationId).catch(showError)
    await follow(conversationId, { response })
    dropOutgoing(clientMessageId)
    void reloadLists()
    return true
  } catch (error) {
    if (leaving.signal.aborted) {
      void reloadConversation(conversationId)
      return true
    }
    const mayWait = error instanceof ApiError && (error.isOffline || error.code === 'run_active')
    if (!mayWait) changeOutgoing(clientMessageId, { state: 'failed', error: errorText(error) })
    else {
      changeOutgoing(clientMessageId, { state: 'waiting' })
      setTimeout(() => void pump(conversationId), retryMs)
    }
    return false
  } finally {
    sending.delete(clientMessageId)
  }
}

addEventListener('online', pumpAll)
// A reply that was begun elsewhere may be what a message waits for.
runningRuns.subscribe(() => {
  if (outbox.get().some((entry) => entry.state === 'waiting')) pumpAll()
})
