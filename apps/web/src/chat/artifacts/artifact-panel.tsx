import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { ChevronLeft, ChevronRight, Download, Maximize2, Minimize2, X } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { useMediaQuery } from '../../shell/media-query.ts'
import { Segments } from '../../ui/choice.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { focusItself } from '../../ui/dialog.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { saveCode } from '../markdown/save-code.ts'
import { type Artifact, artifactsIn, kindOf, tryTitle } from './artifact.ts'
import { ArtifactCode, ArtifactView } from './artifact-view.tsx'

export interface ArtifactPanelProps {
  readonly artifact: Artifact
  readonly messages: readonly Message[]
  readonly onShow: (artifact: Artifact) => void
  readonly onClose: () => void
}

/** Room for the conversation and for something beside it. */
const roomForTwo = '(min-width: 64rem)'

/** Beside the conversation where there is room, over it where there is not. */
export function ArtifactPanel(props: ArtifactPanelProps) {
  const text = useText()
  const hasRoom = useMediaQuery(roomForTwo)
  const [isFull, setFull] = useState(false)
  const label = text(chatTexts.artifact)
  if (!hasRoom || isFull) {
    return (
      <Primitive.Root open onOpenChange={(isOpen) => !isOpen && props.onClose()}>
        <Primitive.Portal>
          <Primitive.Content
            aria-describedby={undefined}
            onOpenAutoFocus={focusItself}
            className="fixed inset-0 z-50 flex animate-fade flex-col bg-surface pt-[env(safe-area-inset-top)] pb-[env(safe-area-inset-bottom)] focus:outline-none"
          >
            <Primitive.Title className="sr-only">{label}</Primitive.Title>
            <PanelContent {...props} sizeButton={hasRoom && <SizeButton isFull onChange={setFull} />} />
          </Primitive.Content>
        </Primitive.Portal>
      </Primitive.Root>
    )
  }
  return (
    <Beside label={label} onClose={props.onClose}>
      <PanelContent {...props} sizeButton={<SizeButton isFull={false} onChange={setFull} />} />
    </Beside>
  )
}

interface BesideProps {
  readonly label: string
  readonly onClose: () => void
  readonly children: ReactNode
}

function Beside({ label, onClose, children }: BesideProps) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    const opener = document.activeElement
    panel.current?.focus()
    return () => {
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [])
  return (
    <aside
      ref={panel}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && !event.defaultPrevented && onClose()}
      className="flex w-[min(48%,52rem)] shrink-0 animate-fade flex-col border-l bg-surface focus:outline-none"
    >
      {children}
    </aside>
  )
}

function SizeButton({ isFull, onChange }: { readonly isFull: boolean; readonly onChange: (isFull: boolean) => void }) {
  const text = useText()
  return (
    <IconButton
      side="bottom"
      label={text(isFull ? chatTexts.leaveFullScreen : chatTexts.fullScreen)}
      onClick={() => onChange(!isFull)}
    >
      {isFull ? <Minimize2 aria-hidden className="size-4" /> : <Maximize2 aria-hidden className="size-4" />}
    </IconButton>
  )
}

function PanelContent({
  artifact,
  messages,
  onShow,
  onClose,
  sizeButton,
}: ArtifactPanelProps & { readonly sizeButton: ReactNode }) {
  const text = useText()
  const [view, setView] = useState<'preview' | 'code'>('preview')
  const kind = kindOf(artifact)
  const title = tryTitle(artifact) ?? text(kindTexts[kind])
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-1 border-b pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate text-[15px] font-medium">{title}</h2>
        <CopyButton side="bottom" value={artifact.code} label={text(chatTexts.copyCode)} />
        <IconButton side="bottom" label={text(chatTexts.saveCode)} onClick={() => saveCode(artifact)}>
          <Download aria-hidden className="size-4" />
        </IconButton>
        {sizeButton}
        <IconButton side="bottom" label={text(commonTexts.close)} onClick={onClose}>
          <X aria-hidden className="size-4" />
        </IconButton>
      </header>
      {kind !== 'code' && (
        <div className="flex shrink-0 items-center justify-between gap-2 border-b px-3 py-2">
          <Segments
            label={text(chatTexts.artifact)}
            choices={[
              { value: 'preview', label: text(chatTexts.preview) },
              { value: 'code', label: text(chatTexts.code) },
            ]}
            value={view}
            onChange={setView}
          />
          <Others artifact={artifact} messages={messages} onShow={onShow} />
        </div>
      )}
      <div className="min-h-0 flex-1 overflow-auto">
        {view === 'preview' ? <ArtifactView artifact={artifact} title={title} /> : <ArtifactCode artifact={artifact} />}
      </div>
    </>
  )
}

const kindTexts = {
  page: chatTexts.artifactPage,
  picture: chatTexts.image,
  diagram: chatTexts.diagram,
  document: chatTexts.artifactDocument,
  code: chatTexts.code,
} as const

/** ‹ 2/3 ›: those of the whole conversation, older versions of the same among them. */
function Others({ artifact, messages, onShow }: Pick<ArtifactPanelProps, 'artifact' | 'messages' | 'onShow'>) {
  const text = useText()
  const all = useMemo(() => artifactsIn(messages), [messages])
  const place = all.findLastIndex(({ code, language }) => code === artifact.code && language === artifact.language)
  if (place === -1 || all.length < 2) return null
  const show = (other: Artifact | undefined) => other !== undefined && onShow(other)
  return (
    <div className="flex items-center text-muted">
      <IconButton
        size="small"
        label={text(chatTexts.previousArtifact)}
        disabled={place === 0}
        onClick={() => show(all[place - 1])}
      >
        <ChevronLeft aria-hidden className="size-4" />
      </IconButton>
      <span className="text-xs tabular-nums">
        {place + 1}/{all.length}
      </span>
      <IconButton
        size="small"
        label={text(chatTexts.nextArtifact)}
        disabled={place === all.length - 1}
        onClick={() => show(all[place + 1])}
      >
        <ChevronRight aria-hidden className="size-4" />
      </IconButton>
    </div>
  )
}
