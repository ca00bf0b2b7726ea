import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useRef } from 'react'
import { useText } from '../../i18n/language.ts'

export interface PagePreviewProps {
  readonly html: string
  readonly title: string
}

/**
 * A page that a model has written, running. Its frame has none of this page's rights (no `allow-same-origin`), and its
 * document's policy lets it load and send nothing.
 */
export function PagePreview({ html, title }: PagePreviewProps) {
  const text = useText()
  const isSent = useRef(false)
  return (
    <div className="flex h-full flex-col">
      <iframe
        src="/artifact"
        title={title}
        sandbox="allow-scripts allow-forms"
        onLoad={({ currentTarget }) => {
          // Writing into it makes it load once more.
          if (isSent.current) return
          isSent.current = true
          currentTarget.contentWindow?.postMessage(html, '*')
        }}
        className="min-h-0 w-full flex-1 bg-white"
      />
      <p className="shrink-0 border-t px-4 py-1.5 text-xs text-muted">{text(chatTexts.previewHint)}</p>
    </div>
  )
}
