import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { type ClipboardEvent, type KeyboardEvent, useRef } from 'react'
import { textNow } from '../../i18n/language.ts'
import { showToast } from '../../ui/toast.tsx'
import { addFiles, removeFile } from './pending-files.ts'

/** From here on a text is a file: it would be in the way of what is said about it. */
const longText = 4000

export interface PasteOptions {
  readonly conversationId: string
  readonly insert: (text: string) => void
}

/** What is pasted: files and pictures are attached, a long text becomes a file, unless it is pasted with Shift. */
export function usePaste({ conversationId, insert }: PasteOptions) {
  const isPlain = useRef(false)
  return {
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'v') isPlain.current = event.shiftKey
    },
    onPaste: (event: ClipboardEvent) => {
      const files = [...event.clipboardData.files]
      const text = event.clipboardData.getData('text/plain')
      if (files.length > 0 && text === '') {
        event.preventDefault()
        addFiles(conversationId, files)
      } else if (text.length >= longText && !isPlain.current) {
        event.preventDefault()
        attachText(text, { conversationId, insert })
      }
      isPlain.current = false
    },
  }
}

function attachText(text: string, { conversationId, insert }: PasteOptions): void {
  const file = new File([text], textNow(fileTexts.pastedName), { type: 'text/plain' })
  const [added] = addFiles(conversationId, [file])
  if (added === undefined) {
    insert(text)
    return
  }
  const dismiss = showToast(textNow(fileTexts.pasted), {
    action: {
      label: textNow(fileTexts.asText),
      run: () => {
        removeFile(conversationId, added.id)
        insert(text)
        dismiss()
      },
    },
  })
}
