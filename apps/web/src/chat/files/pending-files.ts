/**
 * Files that wait in the composer for the message that they go with: uploaded at once, each with its state. Those that are
 * there are kept as long as the server keeps them, and are the same in all tabs: what one has sent, no other has any more.
 */
import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { call, errorText } from '../../api/client.ts'
import { newId } from '../../api/new-id.ts'
import { appInfoQuery, queryClient } from '../../api/queries.ts'
import { createStore, type Store } from '../../api/store.ts'
import type { Attachment } from '../../api/types.ts'
import { formatBytes } from '../../i18n/format.ts'
import { textNow } from '../../i18n/language.ts'
import { showError, showToast } from '../../ui/toast.tsx'
import { keptByConversation } from '../data/kept-by-conversation.ts'
import { upload } from './upload.ts'

export interface PendingFile {
  readonly id: string
  readonly file: File
  readonly state: 'uploading' | 'ready' | 'failed'
  /** From 0 to 1. */
  readonly progress: number
  readonly error: string | undefined
  /** What the server calls it, once it is there. */
  readonly attachment: Attachment | undefined
}

export const mostFiles = 10

const dayMs = 86_400_000

const keptFiles = keptByConversation<readonly Attachment[]>('files', (stored) =>
  Array.isArray(stored) ? (stored as Attachment[]).filter(isStillThere) : [],
)
const stores = new Map<Store<readonly Attachment[]>, Store<readonly PendingFile[]>>()
const uploads = new Map<string, AbortController>()

/** The server deletes after a day what no message has. */
function isStillThere({ created_at: time = '' }: Attachment): boolean {
  return Date.now() - Date.parse(time) < dayMs
}

export function pendingFiles(conversationId: string): Store<readonly PendingFile[]> {
  const kept = keptFiles(conversationId)
  let store = stores.get(kept)
  if (store === undefined) {
    store = createStore<readonly PendingFile[]>(kept.get().map(pendingOf))
    stores.set(kept, store)
    keepInStep(store, kept)
  }
  return store
}

function keepInStep(store: Store<readonly PendingFile[]>, kept: Store<readonly Attachment[]>): void {
  const isInStep = () => idsOf(readyOf(store.get())) === idsOf(kept.get())
  store.subscribe(() => {
    if (!isInStep()) kept.set(readyOf(store.get()))
  })
  kept.subscribe(() => {
    if (isInStep()) return
    store.update((known) => [
      ...kept.get().map((ready) => known.find(({ attachment }) => attachment?.id === ready.id) ?? pendingOf(ready)),
      ...known.filter(({ attachment }) => attachment === undefined),
    ])
  })
}

function idsOf(attachments: readonly Attachment[]): string {
  return attachments.map(({ id }) => id).join()
}

function readyOf(files: readonly PendingFile[]): readonly Attachment[] {
  return files.flatMap(({ attachment }) => attachment ?? [])
}

/** One whose content this page does not have. */
function pendingOf(attachment: Attachment): PendingFile {
  const file = new File([], attachment.name, { type: attachment.media_type })
  return { id: newId(), file, state: 'ready', progress: 1, error: undefined, attachment }
}

/** Those for which there is room, as they are now. */
export function addFiles(conversationId: string, files: readonly File[]): readonly PendingFile[] {
  const store = pendingFiles(conversationId)
  const room = mostFiles - store.get().length
  if (files.length > room) showToast(textNow(fileTexts.tooMany, { count: mostFiles }), { tone: 'danger' })
  const added = files.slice(0, Math.max(0, room)).map(newFile)
  store.update((known) => [...known, ...added])
  for (const pending of added) if (pending.state === 'uploading') void send(conversationId, pending)
  return added
}

function newFile(file: File): PendingFile {
  const pending = { id: newId(), file, progress: 0, attachment: undefined }
  const limit = queryClient.getQueryData(appInfoQuery.queryKey)?.attachment_max_bytes
  if (limit === undefined || file.size <= limit) return { ...pending, state: 'uploading', error: undefined }
  return { ...pending, state: 'failed', error: textNow(fileTexts.tooLarge, { limit: formatBytes(limit) }) }
}

export function uploadAgain(conversationId: string, id: string): void {
  const pending = pendingFiles(conversationId)
    .get()
    .find((known) => known.id === id)
  if (pending === undefined) return
  change(conversationId, id, { state: 'uploading', progress: 0, error: undefined })
  void send(conversationId, pending)
}

export function removeFile(conversationId: string, id: string): void {
  uploads.get(id)?.abort()
  const store = pendingFiles(conversationId)
  const removed = store.get().find((pending) => pending.id === id)
  store.update((known) => known.filter((pending) => pending !== removed))
  // Only what was uploaded here: what was given back may be in a message all the same.
  if (removed?.attachment === undefined || removed.file.size === 0) return
  call('DELETE', `/api/attachments/${removed.attachment.id}`).catch(showError)
}

/** Those that are there, to go with a message. */
export function readyFiles(conversationId: string): readonly Attachment[] {
  return readyOf(pendingFiles(conversationId).get())
}

/** Puts them back, when the message is not to be sent. */
export function giveBack(conversationId: string, attachments: readonly Attachment[]): void {
  pendingFiles(conversationId).update((known) => [...known, ...attachments.map(pendingOf)])
}

async function send(conversationId: string, { id, file }: PendingFile): Promise<void> {
  const leaving = new AbortController()
  uploads.set(id, leaving)
  try {
    const attachment = await upload(file, {
      signal: leaving.signal,
      onProgress: (progress) => change(conversationId, id, { progress }),
    })
    change(conversationId, id, { state: 'ready', progress: 1, attachment })
  } catch (error) {
    if (!leaving.signal.aborted) change(conversationId, id, { state: 'failed', error: errorText(error) })
  } finally {
    uploads.delete(id)
  }
}

function change(conversationId: string, id: string, changes: Partial<PendingFile>): void {
  pendingFiles(conversationId).update((known) =>
    known.map((pending) => (pending.id === id ? { ...pending, ...changes } : pending)),
  )
}
