import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { type KeyboardEvent, useState } from 'react'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Textarea } from '../../ui/field.tsx'
import { showError } from '../../ui/toast.tsx'
import { goOnTyping } from '../composer/drafts.ts'
import { isComposing } from '../composer/is-composing.ts'
import { endEdit, setEdit } from './edits.ts'

export interface EditMessageProps {
  readonly message: Message
  /** As they are so far. */
  readonly words: string
  readonly saveLabel: string
  readonly onSave: (content: string) => Promise<void>
}

/** Other words beside the old ones, which stay on their branch. */
export function EditMessage({ message: { id, content }, words, saveLabel, onSave }: EditMessageProps) {
  const text = useText()
  const end = () => {
    endEdit(id)
    goOnTyping()
  }
  const [isBusy, setBusy] = useState(false)
  const save = async () => {
    if (words.trim() === '' || isBusy) return
    setBusy(true)
    try {
      await onSave(words)
      end()
    } catch (error) {
      setBusy(false)
      showError(error)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      end()
    } else if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save()
  }
  return (
    <div className="rounded-2xl border bg-surface p-3 shadow-raised">
      <Textarea
        // Only where it begins: whoever scrolls past later is elsewhere.
        autoFocus={words === content}
        aria-label={text(chatTexts.editMessage)}
        value={words}
        rows={3}
        onChange={(event) => setEdit(id, event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-[50vh] min-h-20"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button size="small" onClick={end}>
          {text(commonTexts.cancel)}
        </Button>
        <Button
          size="small"
          variant="primary"
          isBusy={isBusy}
          disabled={words.trim() === ''}
          onClick={() => void save()}
        >
          {saveLabel}
        </Button>
      </div>
    </div>
  )
}
