import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Square, Volume2 } from 'lucide-react'
import { useEffect } from 'react'
import { useStore } from '../../api/store.ts'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { canReadAloud, readAloud, readMessage, stopReading } from '../speech/read-aloud.ts'

export function ReadAloudButton({ message: { id, content } }: { readonly message: Message }) {
  const text = useText()
  const isReading = useStore(readMessage) === id
  if (!canReadAloud || content === '') return null
  return (
    <IconButton
      size="small"
      label={text(isReading ? chatTexts.stopReading : chatTexts.readAloud)}
      aria-pressed={isReading}
      onClick={() => (isReading ? stopReading() : readAloud(id, content))}
    >
      {isReading ? (
        <Square aria-hidden className="size-3.5 fill-current" />
      ) : (
        <Volume2 aria-hidden className="size-4" />
      )}
    </IconButton>
  )
}

/** Whoever leaves a conversation does not want to hear it any more. */
export function useSilenceWhenLeft(conversationId: string): void {
  useEffect(() => () => (canReadAloud ? stopReading() : undefined), [conversationId])
}
