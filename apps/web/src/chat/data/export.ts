import { open } from '../../api/client.ts'
import type { Conversation } from '../../api/types.ts'

/** Saves a conversation as a file on this machine. */
export async function downloadExport({ id, title }: Conversation, format: 'json' | 'markdown'): Promise<void> {
  const response = await open('GET', `/api/conversations/${id}/export?format=${format}`)
  const name = `${title.replace(/[\\/:*?"<>|]/g, ' ').trim()}.${format === 'json' ? 'json' : 'md'}`
  saveFile(await response.blob(), name)
}

export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
