import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { Download, FileText } from 'lucide-react'
import { useEffect, useState } from 'react'
import { open } from '../../api/client.ts'
import type { Attachment } from '../../api/types.ts'
import { formatBytes } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import { saveFile } from '../../ui/save-file.ts'
import { showError } from '../../ui/toast.tsx'
import { DeletedFile } from './deleted-file.tsx'

/** The bytes of one's own file: they need the session, so an address alone would not show them. */
function fileQuery(id: string) {
  return queryOptions({
    queryKey: ['attachment', id],
    queryFn: async ({ signal }) => await (await open('GET', `/api/attachments/${id}`, { signal })).blob(),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 300_000,
    retry: false,
  })
}

/** What was sent with a message. */
export function MessageFiles({ files }: { readonly files: readonly Attachment[] }) {
  const text = useText()
  if (files.length === 0) return null
  return (
    <ul aria-label={text(fileTexts.files)} className="flex max-w-[85%] flex-wrap justify-end gap-2">
      {files.map((file) => (
        <li key={file.id} className="min-w-0">
          <MessageFile file={file} />
        </li>
      ))}
    </ul>
  )
}

function MessageFile({ file }: { readonly file: Attachment }) {
  if (file.is_deleted === true) return <DeletedFile name={file.name} />
  return file.media_type.startsWith('image/') ? <OwnImage file={file} /> : <FileButton file={file} />
}

function OwnImage({ file }: { readonly file: Attachment }) {
  const [isLarge, setLarge] = useState(false)
  const { data, isError } = useQuery(fileQuery(file.id))
  const url = useObjectUrl(data)
  // Downloading it says why.
  if (isError) return <FileButton file={file} />
  // The room is kept while it is on its way: nothing that is read moves.
  if (url === undefined) return <Skeleton className="h-52 w-64 rounded-2xl" />
  return (
    <>
      <button type="button" onClick={() => setLarge(true)} className="block h-52 overflow-hidden rounded-2xl border">
        <img src={url} alt={file.name} className="h-full max-w-full object-cover" />
      </button>
      {isLarge && (
        <Dialog isOpen onClose={() => setLarge(false)} title={file.name} width="wide">
          <img src={url} alt={file.name} className="mx-auto mb-4 max-h-[70dvh] rounded-xl" />
        </Dialog>
      )}
    </>
  )
}

function FileButton({ file }: { readonly file: Attachment }) {
  const text = useText()
  const download = async () => {
    try {
      saveFile(await (await open('GET', `/api/attachments/${file.id}`)).blob(), file.name)
    } catch (error) {
      showError(error)
    }
  }
  return (
    <button
      type="button"
      aria-label={text(fileTexts.download, { name: file.name })}
      onClick={() => void download()}
      className="flex h-14 max-w-72 items-center gap-2.5 rounded-xl border bg-surface px-3 text-left hover:bg-hover"
    >
      <FileText aria-hidden className="size-5 shrink-0 text-muted" />
      <span className="min-w-0 text-sm leading-tight">
        <span className="block truncate font-medium">{file.name}</span>
        <span className="block text-xs text-muted">{formatBytes(file.size)}</span>
      </span>
      <Download aria-hidden className="size-4 shrink-0 text-muted" />
    </button>
  )
}

function useObjectUrl(content: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (content === undefined) return undefined
    const made = URL.createObjectURL(content)
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [content])
  return url
}
