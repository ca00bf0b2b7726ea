import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { CircleAlert, FileText, RotateCcw, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useStore } from '../../api/store.ts'
import { formatBytes, formatPercent } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { type PendingFile, pendingFiles, removeFile, uploadAgain } from './pending-files.ts'

/** The files that go with the next message. */
export function FileChips({ conversationId }: { readonly conversationId: string }) {
  const text = useText()
  const files = useStore(pendingFiles(conversationId))
  if (files.length === 0) return null
  return (
    <ul aria-label={text(fileTexts.files)} className="flex flex-wrap gap-2 px-3 pt-3">
      {files.map((pending) => (
        <Chip key={pending.id} conversationId={conversationId} pending={pending} />
      ))}
    </ul>
  )
}

interface ChipProps {
  readonly conversationId: string
  readonly pending: PendingFile
}

function Chip({ conversationId, pending }: ChipProps) {
  const text = useText()
  const { id, file, state, progress, error, attachment } = pending
  const isFailed = state === 'failed'
  return (
    <li
      className={classes(
        'relative flex h-14 max-w-64 min-w-0 items-center gap-2.5 overflow-hidden rounded-xl border pr-1 pl-2',
        isFailed ? 'border-danger/40 bg-danger-soft text-danger' : 'bg-sunken',
      )}
    >
      <Preview file={file} isFailed={isFailed} />
      <span className="min-w-0 flex-1 text-sm leading-tight" title={error ?? file.name}>
        <span className="block truncate font-medium">{file.name}</span>
        <span
          role={isFailed ? 'alert' : undefined}
          className={classes('block truncate text-xs', !isFailed && 'text-muted')}
        >
          {isFailed ? (error ?? text(fileTexts.failed)) : formatBytes(attachment?.size ?? file.size)}
        </span>
      </span>
      {isFailed && (
        <IconButton
          size="small"
          label={text(fileTexts.retry, { name: file.name })}
          onClick={() => uploadAgain(conversationId, id)}
        >
          <RotateCcw aria-hidden className="size-4" />
        </IconButton>
      )}
      <IconButton
        size="small"
        label={text(fileTexts.remove, { name: file.name })}
        onClick={() => removeFile(conversationId, id)}
      >
        <X aria-hidden className="size-4" />
      </IconButton>
      {state === 'uploading' && (
        <span
          role="progressbar"
          aria-label={text(fileTexts.uploading, { name: file.name, share: formatPercent(progress) })}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(progress * 100)}
          className="absolute inset-x-0 bottom-0 h-1 bg-line"
        >
          <span className="block h-full bg-accent transition-[width]" style={{ width: `${progress * 100}%` }} />
        </span>
      )}
    </li>
  )
}

function Preview({ file, isFailed }: { readonly file: File; readonly isFailed: boolean }) {
  const [url, setUrl] = useState<string>()
  const isImage = file.size > 0 && file.type.startsWith('image/')
  useEffect(() => {
    if (!isImage) return undefined
    const made = URL.createObjectURL(file)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file, isImage])
  if (isFailed) return <CircleAlert aria-hidden className="size-5 shrink-0" />
  if (url === undefined) return <FileText aria-hidden className="size-5 shrink-0 text-muted" />
  return <img src={url} alt="" className="size-10 shrink-0 rounded-lg object-cover" />
}
