import { open } from '../api/client.ts'
import { saveFile } from '../ui/save-file.ts'
import { showError } from '../ui/toast.tsx'

/** Saves what the server answers as a file. */
export async function downloadFrom(path: string, name: string): Promise<void> {
  try {
    const response = await open('GET', path)
    saveFile(await response.blob(), name)
  } catch (error) {
    showError(error)
  }
}
