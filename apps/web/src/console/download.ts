import { open } from '../api/client.ts'
import { showError } from '../ui/toast.tsx'

/** Saves what the server answers as a file. */
export async function downloadFrom(path: string, name: string): Promise<void> {
  try {
    const response = await open('GET', path)
    saveAs(await response.blob(), name)
  } catch (error) {
    showError(error)
  }
}

export function saveAs(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser has begun to read it by the next turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
