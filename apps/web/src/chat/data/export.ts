import { open } from '../../api/client.ts'
import type { Conversation } from '../../api/types.ts'
import { saveFile } from '../../ui/save-file.ts'

const endings = { json: 'json', markdown: 'md', html: 'html' } as const
export type ExportFormat = keyof typeof endings

/** Saves a conversation as a file on this machine. */
export async function downloadExport({ id, title }: Conversation, format: ExportFormat): Promise<void> {
  const response = await open('GET', `/api/conversations/${id}/export?format=${format}`)
  const name = `${title.replace(/[\\/:*?"<>|]/g, ' ').trim()}.${endings[format]}`
  saveFile(await response.blob(), name)
}
