import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { useQuery } from '@tanstack/react-query'
import { Paperclip } from 'lucide-react'
import { useRef } from 'react'
import { appInfoQuery } from '../../api/queries.ts'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { addFiles } from './pending-files.ts'

export function AttachButton({ conversationId }: { readonly conversationId: string }) {
  const text = useText()
  const input = useRef<HTMLInputElement>(null)
  // How large a file may be, before somebody chooses one.
  useQuery(appInfoQuery)
  return (
    <>
      <IconButton label={text(fileTexts.attach)} onClick={() => input.current?.click()}>
        <Paperclip aria-hidden className="size-4" />
      </IconButton>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={text(fileTexts.attach)}
        onChange={({ currentTarget }) => {
          addFiles(conversationId, [...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
    </>
  )
}
