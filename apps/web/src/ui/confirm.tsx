import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useState } from 'react'
import { useText } from '../i18n/language.ts'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'

export interface ConfirmProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  readonly description: string
  readonly confirmLabel: string
  /** Says itself why it failed: the question stays open then. */
  readonly onConfirm: () => Promise<unknown>
}

/** For what cannot be undone. */
export function Confirm({ isOpen, onClose, title, description, confirmLabel, onConfirm }: ConfirmProps) {
  const text = useText()
  const [isBusy, setBusy] = useState(false)
  const confirm = () => {
    setBusy(true)
    void onConfirm()
      .then(onClose, () => undefined)
      .finally(() => setBusy(false))
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      description={description}
      width="narrow"
      actions={
        <>
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button variant="danger" isBusy={isBusy} onClick={confirm}>
            {confirmLabel}
          </Button>
        </>
      }
    />
  )
}
