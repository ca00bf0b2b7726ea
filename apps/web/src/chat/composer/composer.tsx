import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { ArrowUp, Square } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { type Store, useStore } from '../../api/store.ts'
import { useText } from '../../i18n/language.ts'
import { preferences } from '../../settings/preferences.ts'
import { coarsePointer, useMediaQuery, wideScreen } from '../../shell/media-query.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { showError } from '../../ui/toast.tsx'
import type { Saying } from '../data/outbox.ts'
import { AttachButton } from '../files/attach-button.tsx'
import { FileChips } from '../files/file-chips.tsx'
import { FileDrop } from '../files/file-drop.tsx'
import { pendingFiles, readyFiles } from '../files/pending-files.ts'
import { UnreadHint } from '../files/unread-hint.tsx'
import { usePaste } from '../files/use-paste.ts'
import { draftIn, focusComposer, goOnTyping } from './drafts.ts'
import { isComposing } from './is-composing.ts'
import { Suggestions } from './suggestions.tsx'
import { type Suggestion, useSuggestions } from './use-suggestions.ts'

export interface ComposerProps {
  readonly conversationId: string
  readonly placeholder: string
  /** Once it is on its way it leaves the box; when that fails it stays, and the failure is said. */
  readonly onSend: (saying: Saying) => void | Promise<void>
  /** Says it at once, while a reply is being written. */
  readonly onSendNow?: ((saying: Saying) => void) | undefined
  /** Who is going to answer. */
  readonly modelId?: string | undefined
  /** Present while a reply is being written. */
  readonly onStop?: (() => void) | undefined
  /** What ArrowUp brings back into an empty box. */
  readonly lastSaid?: string | undefined
  /** Offered after `@`. */
  readonly names?: readonly Suggestion[] | undefined
  /** Above the text. */
  readonly header?: ReactNode
  /** Below the text, at the left. */
  readonly children?: ReactNode
}

export function Composer({
  conversationId,
  placeholder,
  onSend,
  onSendNow,
  modelId,
  onStop,
  lastSaid,
  names,
  header,
  children,
}: ComposerProps) {
  const draft = draftIn(conversationId)
  const value = useStore(draft)
  const box = useRef<HTMLTextAreaElement>(null)
  const isCoarse = useMediaQuery(coarsePointer)
  const { sendKey } = useStore(preferences)
  const suggestions = useSuggestions({ value, box, names, onChange: draft.set })
  const paste = usePaste({ conversationId, insert: (pasted) => insertInto(box.current, draft, pasted) })
  const { isEmpty, isWaiting, isSending, send } = useSaying(conversationId, value)
  useGrowing(box, value)
  useFocus(conversationId)
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    paste.onKeyDown(event)
    if (isComposing(event) || suggestions.onKeyDown(event)) return
    const isMod = event.metaKey || event.ctrlKey
    const sends = sendKey === 'mod-enter' ? isMod : !isCoarse || isMod
    if (event.key === 'Enter' && (event.shiftKey ? isMod : sends)) {
      event.preventDefault()
      void send((event.shiftKey ? onSendNow : undefined) ?? onSend)
    } else if (event.key === 'Escape' && onStop !== undefined && !event.shiftKey) onStop()
    else if (event.key === 'ArrowUp' && !isMod && !event.altKey && value === '' && lastSaid !== undefined) {
      event.preventDefault()
      draft.set(lastSaid)
    }
  }
  return (
    <div className="relative">
      <Suggestions {...suggestions} />
      <div className="rounded-2xl border border-line-strong/50 bg-surface shadow-raised transition-colors focus-within:border-accent-ink">
        {header}
        <FileChips conversationId={conversationId} />
        <UnreadHint conversationId={conversationId} modelId={modelId} />
        <textarea
          id="composer"
          ref={box}
          rows={1}
          value={value}
          placeholder={placeholder}
          aria-label={placeholder}
          aria-describedby="composer-hint"
          {...suggestions.attributes}
          readOnly={isSending}
          enterKeyHint={isCoarse ? 'enter' : 'send'}
          onChange={(event) => draft.set(event.target.value)}
          onKeyDown={onKeyDown}
          onSelect={suggestions.onSelect}
          onPaste={paste.onPaste}
          className="block field-sizing-content max-h-[40dvh] min-h-11 w-full resize-none overflow-y-auto rounded-2xl bg-transparent px-4 pt-3 pb-1 leading-relaxed placeholder:text-muted focus:outline-none coarse:text-base"
        />
        <div className="flex items-center gap-1 px-2 pb-2">
          <div className="flex min-w-0 flex-1 items-center gap-1">
            <AttachButton conversationId={conversationId} />
            {children}
          </div>
          <SendButton isEmpty={isEmpty} isWaiting={isWaiting} onSend={() => void send(onSend)} onStop={onStop} />
        </div>
      </div>
      <SendHint />
      <FileDrop conversationId={conversationId} />
    </div>
  )
}

/** What would be said now; nothing goes without a file that was meant to go with it. */
function useSaying(conversationId: string, value: string) {
  const files = useStore(pendingFiles(conversationId))
  const [isSending, setSending] = useState(false)
  const isWaiting = isSending || files.some(({ state }) => state !== 'ready')
  const isEmpty = value.trim() === '' && files.length === 0
  const send = async (sendAs: ComposerProps['onSend']) => {
    if (isEmpty || isWaiting) return
    setSending(true)
    focusComposer()
    try {
      await sendAs({ content: value.trim(), attachments: readyFiles(conversationId) })
      draftIn(conversationId).set('')
      pendingFiles(conversationId).set([])
    } catch (error) {
      showError(error)
    } finally {
      setSending(false)
    }
  }
  return { isEmpty, isWaiting, isSending, send }
}

function useFocus(conversationId: string): void {
  const isWide = useMediaQuery(wideScreen)
  useEffect(() => {
    // On a phone the keyboard would cover what was just opened.
    if (isWide) focusComposer()
  }, [conversationId, isWide])
}

interface SendButtonProps {
  readonly isEmpty: boolean
  /** The last message or a file is on its way, or the file could not be sent. */
  readonly isWaiting: boolean
  readonly onSend: () => void
  readonly onStop: (() => void) | undefined
}

/** Sends, or stops the reply, at the same place. */
function SendButton({ isEmpty, isWaiting, onSend, onStop }: SendButtonProps) {
  const text = useText()
  const { sendKey } = useStore(preferences)
  const isStop = onStop !== undefined && isEmpty
  const stop = () => {
    onStop?.()
    goOnTyping()
  }
  return (
    <IconButton
      label={text(isStop ? chatTexts.stop : onStop === undefined ? chatTexts.send : chatTexts.queue)}
      shortcut={isStop ? 'Escape' : sendKey === 'enter' ? 'Enter' : 'Mod+Enter'}
      variant="primary"
      disabled={!isStop && (isEmpty || isWaiting)}
      onClick={isStop ? stop : onSend}
      className="rounded-full!"
    >
      {isStop ? <Square aria-hidden className="size-3.5 fill-current" /> : <ArrowUp aria-hidden className="size-4.5" />}
    </IconButton>
  )
}

function SendHint() {
  const text = useText()
  const { sendKey } = useStore(preferences)
  return (
    <p id="composer-hint" className="sr-only">
      {text(sendKey === 'enter' ? chatTexts.sendHint : chatTexts.sendHintMod)}
    </p>
  )
}

function insertInto(box: HTMLTextAreaElement | null, draft: Store<string>, pasted: string): void {
  const before = draft.get()
  const at = box?.selectionStart ?? before.length
  draft.set(before.slice(0, at) + pasted + before.slice(box?.selectionEnd ?? at))
}

const canSizeItself = CSS.supports('field-sizing', 'content')

/** For browsers that do not size a text box by what is in it. */
function useGrowing(box: { readonly current: HTMLTextAreaElement | null }, value: string): void {
  useLayoutEffect(() => {
    const element = box.current
    if (canSizeItself || element === null) return
    element.style.height = 'auto'
    element.style.height = `${value === '' ? 44 : element.scrollHeight}px`
  }, [box, value])
}
