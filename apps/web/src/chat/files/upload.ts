import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { ApiError, call } from '../../api/client.ts'
import { session } from '../../api/session.ts'
import type { Attachment, Profile } from '../../api/types.ts'
import { languageNow, textNow } from '../../i18n/language.ts'

export interface UploadOptions {
  readonly signal: AbortSignal
  /** From 0 to 1. */
  readonly onProgress: (progress: number) => void
}

/** Sends a file. Not by `fetch`, which cannot tell how far it has come. */
export async function upload(file: File, options: UploadOptions): Promise<Attachment> {
  try {
    return await sendOnce(file, options)
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error
    // Any other call renews a token that has expired.
    await call<Profile>('GET', '/api/auth/me', { signal: options.signal })
    return await sendOnce(file, options)
  }
}

interface Answer {
  readonly data?: Attachment
  readonly error?: string
  readonly code?: string
}

async function sendOnce(file: File, { signal, onProgress }: UploadOptions): Promise<Attachment> {
  const request = new XMLHttpRequest()
  request.open('POST', `/api/attachments?name=${encodeURIComponent(file.name)}`)
  request.responseType = 'json'
  request.setRequestHeader('accept-language', languageNow())
  request.setRequestHeader('content-type', 'application/octet-stream')
  request.setRequestHeader('authorization', `Bearer ${session.get()?.token ?? ''}`)
  const ended = new Promise<void>((resolve) => request.addEventListener('loadend', () => resolve()))
  request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total === 0 ? 1 : loaded / total))
  signal.addEventListener('abort', () => request.abort())
  request.send(file)
  await ended
  const answer = (request.response ?? {}) as Answer
  if (request.status === 201 && answer.data !== undefined) return answer.data
  throw new ApiError(answer.error ?? textNow(request.status === 0 ? commonTexts.offline : commonTexts.unexpected), {
    status: request.status,
    code: answer.code ?? 'offline',
  })
}
