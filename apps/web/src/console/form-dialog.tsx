import { commonTexts } from '@parley/contract/page-texts/common.ts'
import type { ReactNode } from 'react'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, type DialogProps } from '../ui/dialog.tsx'
import { Form, useFormId } from './form.tsx'
import { useAction } from './queries.ts'

export interface FormDialogProps<Output> extends Pick<DialogProps, 'title' | 'description' | 'width' | 'onClose'> {
  /** Sends the form. */
  readonly run: () => Promise<Output>
  /** The first parts of the keys of what is to be loaded again. */
  readonly changes: readonly string[]
  readonly submitLabel?: string
  /** Said when it worked; “Saved” unless given. */
  readonly done?: string
  /** Goes on with what came of it, in place of saying so and closing. */
  readonly onDone?: (output: Output) => void | Promise<void>
  /** What it does cannot be undone. */
  readonly isDangerous?: boolean
  /** Another button beside the two. */
  readonly otherAction?: ReactNode
  readonly children: ReactNode
}

/** A form that is saved or left: every editor of the console. It closes when it has worked, and keeps what was typed when not. */
export function FormDialog<Output>({
  run,
  changes,
  submitLabel,
  done,
  onDone,
  isDangerous = false,
  otherAction,
  children,
  ...dialog
}: FormDialogProps<Output>) {
  const text = useText()
  const formId = useFormId()
  const save = useAction({
    run,
    changes,
    ...(onDone === undefined ? { done: done ?? text(commonTexts.saved), onDone: dialog.onClose } : { onDone }),
    onError: () => undefined,
  })
  return (
    <Dialog
      {...dialog}
      isOpen
      actions={
        <>
          {otherAction}
          <Button onClick={dialog.onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" form={formId} variant={isDangerous ? 'danger' : 'primary'} isBusy={save.isPending}>
            {submitLabel ?? text(commonTexts.save)}
          </Button>
        </>
      }
    >
      <Form id={formId} onSubmit={() => save.mutate()} error={save.error}>
        {children}
      </Form>
    </Dialog>
  )
}
