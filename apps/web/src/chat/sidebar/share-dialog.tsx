import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useState } from 'react'
import { ApiError, call } from '../../api/client.ts'
import type { Conversation } from '../../api/types.ts'
import { formatDateTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input, Select } from '../../ui/field.tsx'
import { showError, showToast } from '../../ui/toast.tsx'

interface Share {
  readonly token: string
  readonly expires_at: string | null
}

/** A link under which anybody can read the branch that is shown, as it is now. */
export function ShareDialog({
  conversation,
  onClose,
}: {
  readonly conversation: Conversation
  readonly onClose: () => void
}) {
  const text = useText()
  const [days, setDays] = useState('')
  const [share, setShare] = useState<Share>()
  const [isBusy, setBusy] = useState(false)
  const path = `/api/conversations/${conversation.id}/share`
  const work = async (change: () => Promise<void>) => {
    setBusy(true)
    try {
      await change()
    } catch (error) {
      showError(error)
    } finally {
      setBusy(false)
    }
  }
  const make = async () =>
    setShare(await call<Share>('POST', path, { body: { expires_in_days: days === '' ? null : Number(days) } }))
  const takeBack = async () => {
    await call('DELETE', path).catch(passGone)
    showToast(text(chatTexts.shareTakenBack), { tone: 'success' })
    onClose()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(chatTexts.share)}
      description={text(chatTexts.shareHint)}
      width="narrow"
      actions={
        share === undefined ? (
          <>
            <Button variant="danger" isBusy={isBusy} onClick={() => void work(takeBack)}>
              {text(chatTexts.takeShareBack)}
            </Button>
            <Button variant="primary" isBusy={isBusy} onClick={() => void work(make)}>
              {text(chatTexts.makeShare)}
            </Button>
          </>
        ) : (
          <Button variant="primary" onClick={onClose}>
            {text(commonTexts.done)}
          </Button>
        )
      }
    >
      {share === undefined ? (
        <Field label={text(chatTexts.shareExpires)}>
          {(attributes) => (
            <Select {...attributes} value={days} onChange={(event) => setDays(event.target.value)}>
              <option value="">{text(chatTexts.never)}</option>
              {[1, 7, 30].map((count) => (
                <option key={count} value={count}>
                  {text(chatTexts.inDays, { count })}
                </option>
              ))}
            </Select>
          )}
        </Field>
      ) : (
        <ShareLink share={share} />
      )}
    </Dialog>
  )
}

/** What is not there need not be taken back. */
function passGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error
}

function ShareLink({ share }: { readonly share: Share }) {
  const text = useText()
  const link = `${location.origin}/shared/${share.token}`
  return (
    <Field
      label={text(chatTexts.shareLink)}
      {...(share.expires_at === null
        ? {}
        : { hint: text(chatTexts.shareWorksUntil, { time: formatDateTime(share.expires_at) }) })}
    >
      {(attributes) => (
        <div className="flex gap-2">
          <Input {...attributes} readOnly value={link} onFocus={(event) => event.target.select()} />
          <CopyButton value={link} variant="secondary" />
        </div>
      )}
    </Field>
  )
}
