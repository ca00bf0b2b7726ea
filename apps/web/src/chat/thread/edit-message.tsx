import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { type KeyboardEvent, useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Textarea } from '../../ui/field.tsx'
import { showError } from '../../ui/toast.tsx'
import { isComposing } from '../composer/is-composing.ts'

export interface EditMessageProps {
  readonly content: string
  readonly saveLabel: string
  readonly onCancel: () => void
  readonly onSave: (content: string) => Promise<void>
}

/** Other words beside the old ones, which stay on their branch. */
export function EditMessage({ content, saveLabel, onCancel, onSave }: EditMessageProps) {
  const text = useText()
  const [value, setValue] = useState(content)
  const [isBusy, setBusy] = useState(false)
  const save = async () => {
    if (value.trim() === '' || isBusy) return
    setBusy(true)
    try {
      await onSave(value)
    } catch (error) {
      setBusy(false)
      showError(error)
    }
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      onCancel()
    } else if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save()
  }
  return (
    <div className="rounded-2xl border bg-surface p-3 shadow-raised">
      <Textarea
        autoFocus
        aria-label={text(chatTexts.editMessage)}
        value={value}
        rows={3}
        onChange={(event) => setValue(event.target.value)}
        onKeyDown={onKeyDown}
        className="field-sizing-content max-h-[50vh] min-h-20"
      />
      <div className="mt-2 flex justify-end gap-2">
        <Button size="small" onClick={onCancel}>
          {text(commonTexts.cancel)}
        </Button>
        <Button
          size="small"
          variant="primary"
          isBusy={isBusy}
          disabled={value.trim() === ''}
          onClick={() => void save()}
        >
          {saveLabel}
        </Button>
      </div>
    </div>
  )
}
