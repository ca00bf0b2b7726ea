import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError, call } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import type { Conversation } from '../../api/types.ts'
import { formatDateTime } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Field, Input, Select } from '../../ui/field.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { showError, showToast } from '../../ui/toast.tsx'

interface Share {
  readonly token: string
  readonly created_at: string
  readonly expires_at: string | null
}

export interface ShareDialogProps {
  readonly conversation: Conversation
  readonly onClose: () => void
}

const pathOf = ({ id }: Conversation) => `/api/conversations/${id}/share`

function shareQuery(conversation: Conversation) {
  return queryOptions({
    queryKey: ['share', conversation.id],
    queryFn: ({ signal }) => call<Share | null>('GET', pathOf(conversation), { signal }),
    staleTime: 0,
  })
}

/** A link under which anybody can read the branch that is shown, as it was when the link was made. */
export function ShareDialog({ conversation, onClose }: ShareDialogProps) {
  const text = useText()
  const { data: share, error, refetch, isFetchedAfterMount } = useQuery(shareQuery(conversation))
  const [isAnew, setAnew] = useState(false)
  const [days, setDays] = useState('')
  const [isBusy, setBusy] = useState(false)
  const isLoading = !isFetchedAfterMount || share === undefined
  const work = async (change: () => Promise<void>) => {
    setBusy(true)
    try {
      await change()
    } catch (failure) {
      showError(failure)
    } finally {
      setBusy(false)
    }
  }
  const make = async () => {
    const body = { expires_in_days: days === '' ? null : Number(days) }
    const made = await call<Share>('POST', pathOf(conversation), { body })
    queryClient.setQueryData(shareQuery(conversation).queryKey, made)
    setAnew(false)
  }
  const takeBack = async () => {
    await call('DELETE', pathOf(conversation)).catch(passGone)
    queryClient.setQueryData(shareQuery(conversation).queryKey, null)
    showToast(text(chatTexts.shareTakenBack), { tone: 'success' })
    onClose()
  }
  const isMaking = share === null || isAnew
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(chatTexts.share)}
      description={text(chatTexts.shareHint)}
      width="narrow"
      actions={
        isLoading ? undefined : isMaking ? (
          <Button variant="primary" isBusy={isBusy} onClick={() => void work(make)}>
            {text(chatTexts.makeShare)}
          </Button>
        ) : (
          <>
            <Button variant="danger" isBusy={isBusy} onClick={() => void work(takeBack)}>
              {text(chatTexts.takeShareBack)}
            </Button>
            <Button onClick={() => setAnew(true)}>{text(chatTexts.shareAnew)}</Button>
            <Button variant="primary" onClick={onClose}>
              {text(commonTexts.done)}
            </Button>
          </>
        )
      }
    >
      {isLoading ? (
        error === null ? (
          <Skeleton className="mb-4 h-16" />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : isMaking ? (
        <ExpiryField days={days} onChange={setDays} />
      ) : (
        <ShareLink share={share} />
      )}
    </Dialog>
  )
}

interface ExpiryFieldProps {
  readonly days: string
  readonly onChange: (days: string) => void
}

function ExpiryField({ days, onChange }: ExpiryFieldProps) {
  const text = useText()
  return (
    <Field label={text(chatTexts.shareExpires)}>
      {(attributes) => (
        <Select {...attributes} autoFocus value={days} onChange={(event) => onChange(event.target.value)}>
          <option value="">{text(chatTexts.never)}</option>
          <option value="1">{text(chatTexts.inOneDay)}</option>
          {[7, 30].map((count) => (
            <option key={count} value={count}>
              {text(chatTexts.inDays, { count })}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** What is not there need not be taken back. */
function passGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error
}

function ShareLink({ share }: { readonly share: Share }) {
  const text = useText()
  const link = `${location.origin}/shared/${share.token}`
  const time = formatDateTime(share.created_at)
  return (
    <Field
      label={text(chatTexts.shareLink)}
      hint={
        share.expires_at === null
          ? text(chatTexts.sharedAt, { time })
          : text(chatTexts.sharedUntil, { time, end: formatDateTime(share.expires_at) })
      }
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
