/** Files that wait in the composer for the message that they go with: uploaded at once, each with its state. */
import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { errorText } from '../../api/client.ts'
import { newId } from '../../api/new-id.ts'
import { appInfoQuery, queryClient } from '../../api/queries.ts'
import { createStore, type Store } from '../../api/store.ts'
import type { Attachment } from '../../api/types.ts'
import { formatBytes } from '../../i18n/format.ts'
import { textNow } from '../../i18n/language.ts'
import { showToast } from '../../ui/toast.tsx'
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

const stores = new Map<string, Store<readonly PendingFile[]>>()
const uploads = new Map<string, AbortController>()

export function pendingFiles(conversationId: string): Store<readonly PendingFile[]> {
  let store = stores.get(conversationId)
  if (store === undefined) {
    store = createStore<readonly PendingFile[]>([])
    stores.set(conversationId, store)
  }
  return store
}

export function addFiles(conversationId: string, files: readonly File[]): void {
  const store = pendingFiles(conversationId)
  const room = mostFiles - store.get().length
  if (files.length > room) showToast(textNow(fileTexts.tooMany, { count: mostFiles }), { tone: 'danger' })
  for (const file of files.slice(0, room)) {
    const pending: PendingFile = {
      id: newId(),
      file,
      state: 'uploading',
      progress: 0,
      error: undefined,
      attachment: undefined,
    }
    const limit = queryClient.getQueryData(appInfoQuery.queryKey)?.attachment_max_bytes
    if (limit !== undefined && file.size > limit) {
      const error = textNow(fileTexts.tooLarge, { limit: formatBytes(limit) })
      store.update((known) => [...known, { ...pending, state: 'failed', error }])
      continue
    }
    store.update((known) => [...known, pending])
    void send(conversationId, pending)
  }
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
  pendingFiles(conversationId).update((known) => known.filter((pending) => pending.id !== id))
}

/** Those that are there, to go with a message; the composer has none of them any more. */
export function takeFiles(conversationId: string): readonly Attachment[] {
  const store = pendingFiles(conversationId)
  const taken = store.get().flatMap(({ attachment }) => attachment ?? [])
  store.set([])
  return taken
}

/** Puts them back, when the message could not be made. */
export function giveBack(conversationId: string, attachments: readonly Attachment[]): void {
  const pending = attachments.map(
    (attachment): PendingFile => ({
      id: newId(),
      file: new File([], attachment.name, { type: attachment.media_type }),
      state: 'ready',
      progress: 1,
      error: undefined,
      attachment,
    }),
  )
  pendingFiles(conversationId).update((known) => [...known, ...pending])
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
