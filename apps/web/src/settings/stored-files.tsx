import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call, callPage } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import type { StoredAttachment } from '../api/types.ts'
import { formatBytes, formatDate } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { Confirm } from '../ui/confirm.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Pager } from '../ui/pager.tsx'

const limit = 10
/** By how many messages have it. */
const sureTexts = [settingsTexts.deleteFileUnused, settingsTexts.deleteFileOfOne]

/** The files of messages: they count towards what a person may keep. */
export function StoredFiles() {
  const text = useText()
  const [page, setPage] = useState(1)
  const { data, error, refetch } = useQuery({
    queryKey: ['attachments', page],
    queryFn: ({ signal }) => callPage<StoredAttachment>(`/api/attachments?limit=${limit}&page=${page}`, { signal }),
    placeholderData: keepPreviousData,
    // They are uploaded elsewhere.
    staleTime: 0,
  })
  return (
    <section aria-labelledby="files-title" className="rounded-2xl border p-6">
      <h2 id="files-title" data-setting={text(settingsTexts.files)}>
        {text(settingsTexts.files)}
      </h2>
      <p className="mt-1 mb-4 text-muted">{text(settingsTexts.filesHint)}</p>
      {error !== null && data === undefined && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data?.pagination.total === 0 && <p className="text-muted">{text(settingsTexts.noFiles)}</p>}
      <ul aria-labelledby="files-title" className="mb-2 divide-y">
        {data?.items.map((file) => (
          <StoredFile key={file.id} file={file} />
        ))}
      </ul>
      {data !== undefined && <Pager {...data.pagination} onChange={setPage} />}
    </section>
  )
}

function StoredFile({ file }: { readonly file: StoredAttachment }) {
  const text = useText()
  const [isAsked, setAsked] = useState(false)
  const { id, name, size, created_at: time, message_count: count } = file
  const label = text(settingsTexts.deleteFile, { name })
  const remove = async () => {
    await call('DELETE', `/api/attachments/${id}`)
    queryClient.removeQueries({ queryKey: ['attachment', id] })
    void queryClient.invalidateQueries({ queryKey: ['conversation'] })
    await queryClient.invalidateQueries({ queryKey: ['attachments'] })
  }
  return (
    <li className="flex items-center gap-3 py-1.5">
      <div className="flex min-w-0 flex-1 items-baseline gap-x-3 max-sm:flex-col">
        <span className="max-w-full min-w-0 flex-1 truncate">{name}</span>
        <span className="text-sm text-muted tabular-nums">
          {formatBytes(size)} · {formatDate(time)}
        </span>
      </div>
      <IconButton size="small" label={label} onClick={() => setAsked(true)}>
        <Trash2 aria-hidden className="size-4" />
      </IconButton>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={label}
        description={text(sureTexts[count] ?? settingsTexts.deleteFileOfSeveral, { count })}
        confirmLabel={text(commonTexts.delete)}
        onConfirm={remove}
      />
    </li>
  )
}
