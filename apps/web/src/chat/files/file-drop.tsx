import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { FileUp } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { addFiles } from './pending-files.ts'

/** Files can be dropped anywhere on the page, which says so while they are above it. */
export function FileDrop({ conversationId }: { readonly conversationId: string }) {
  const text = useText()
  const [isAbove, setAbove] = useState(false)
  useEffect(() => listenForFiles({ conversationId, setAbove }), [conversationId])
  if (!isAbove) return null
  return (
    <div className="pointer-events-none fixed inset-0 z-50 grid animate-fade place-items-center bg-overlay p-6">
      <div className="flex flex-col items-center gap-1 rounded-3xl border-2 border-dashed border-accent-ink bg-surface px-16 py-12 text-center shadow-floating">
        <FileUp aria-hidden className="mb-2 size-9 text-accent-ink" />
        <p className="text-lg font-semibold">{text(fileTexts.dropHere)}</p>
        <p className="text-muted">{text(fileTexts.dropHint)}</p>
      </div>
    </div>
  )
}

interface Listening {
  readonly conversationId: string
  readonly setAbove: (isAbove: boolean) => void
}

function listenForFiles({ conversationId, setAbove }: Listening): () => void {
  const leaving = new AbortController()
  const on = (name: 'dragenter' | 'dragover' | 'dragleave' | 'drop', listener: (event: DragEvent) => void) =>
    addEventListener(name, listener, { signal: leaving.signal })
  const hasFiles = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files') === true
  const show = (event: DragEvent) => {
    if (!hasFiles(event)) return
    // Without this the browser would open the file in place of the page.
    event.preventDefault()
    setAbove(true)
  }
  on('dragenter', show)
  on('dragover', show)
  on('dragleave', ({ relatedTarget }) => relatedTarget === null && setAbove(false))
  on('drop', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    setAbove(false)
    addFiles(conversationId, [...(event.dataTransfer?.files ?? [])])
  })
  return () => {
    leaving.abort()
    setAbove(false)
  }
}
