import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { FileX } from 'lucide-react'
import { useText } from '../../i18n/language.ts'

/** What is left of a file that was deleted. */
export function DeletedFile({ name }: { readonly name: string }) {
  const text = useText()
  return (
    <span className="flex h-14 max-w-72 items-center gap-2.5 rounded-xl border bg-sunken px-3 text-muted">
      <FileX aria-hidden className="size-5 shrink-0" />
      <span className="min-w-0 text-sm leading-tight">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-xs">{text(fileTexts.gone)}</span>
      </span>
    </span>
  )
}
