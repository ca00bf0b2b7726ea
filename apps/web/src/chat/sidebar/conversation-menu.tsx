import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useNavigate, useParams } from '@tanstack/react-router'
import {
  Archive,
  ArrowDown,
  ArrowUp,
  ArchiveRestore,
  Download,
  Ellipsis,
  FileCode,
  FileText,
  FolderInput,
  Pencil,
  Pin,
  PinOff,
  Share2,
  SlidersHorizontal,
  Tags,
  Trash2,
} from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import type { Conversation } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { showError } from '../../ui/toast.tsx'
import { deleteConversation } from '../data/deletion.ts'
import { downloadExport, type ExportFormat } from '../data/export.ts'
import { changeConversation, movePin, pinnedIds, togglePin } from '../data/pins.ts'

export interface ConversationMenuProps {
  readonly conversation: Conversation
  readonly isInHeader?: boolean
}

type Asked = 'title' | 'tags' | 'folder' | 'share' | 'instructions'
const Dialogs = lazy(async () => ({ default: (await import('./conversation-dialogs.tsx')).ConversationDialogs }))

export function ConversationMenu({ conversation, isInHeader = false }: ConversationMenuProps) {
  const text = useText()
  const navigate = useNavigate()
  const shown = useParams({ strict: false })
  const [asked, setAsked] = useState<Asked>()
  const isPersonal = conversation.kind === 'personal'
  const isPinned = conversation.is_pinned
  const download = (format: ExportFormat) => void downloadExport(conversation, format).catch(showError)
  return (
    <>
      <Menu
        trigger={
          <IconButton
            {...(isInHeader ? {} : { size: 'small' as const })}
            side="bottom"
            label={text(chatTexts.conversationMenu, { title: conversation.title })}
          >
            <Ellipsis aria-hidden className="size-4" />
          </IconButton>
        }
      >
        <MenuItem icon={isPinned ? <PinOff /> : <Pin />} onSelect={() => togglePin(conversation)}>
          {text(isPinned ? chatTexts.unpin : chatTexts.pin)}
        </MenuItem>
        {isPinned && <PinMoves id={conversation.id} />}
        <MenuItem icon={<Pencil />} onSelect={() => setAsked('title')}>
          {text(chatTexts.rename)}
        </MenuItem>
        {isPersonal && (
          <>
            <MenuItem icon={<Tags />} onSelect={() => setAsked('tags')}>
              {text(chatTexts.tags)}
            </MenuItem>
            <MenuItem icon={<FolderInput />} onSelect={() => setAsked('folder')}>
              {text(chatTexts.toFolder)}
            </MenuItem>
            <MenuItem icon={<SlidersHorizontal />} onSelect={() => setAsked('instructions')}>
              {text(chatTexts.instructions)}
            </MenuItem>
          </>
        )}
        <MenuItem icon={<Share2 />} onSelect={() => setAsked('share')}>
          {text(chatTexts.share)}
        </MenuItem>
        <MenuItem icon={<FileText />} onSelect={() => download('markdown')}>
          {text(chatTexts.exportMarkdown)}
        </MenuItem>
        <MenuItem icon={<FileCode />} onSelect={() => download('html')}>
          {text(chatTexts.exportHtml)}
        </MenuItem>
        <MenuItem icon={<Download />} onSelect={() => download('json')}>
          {text(chatTexts.exportJson)}
        </MenuItem>
        <MenuSeparator />
        {isPersonal && <ArchiveItem conversation={conversation} />}
        <MenuItem
          icon={<Trash2 />}
          isDangerous
          onSelect={() => {
            deleteConversation(conversation.id)
            if (shown.id === conversation.id) void navigate({ to: '/' })
          }}
        >
          {text(commonTexts.delete)}
        </MenuItem>
      </Menu>
      {asked !== undefined && (
        <Suspense>
          <Dialogs asked={asked} conversation={conversation} onClose={() => setAsked(undefined)} />
        </Suspense>
      )}
    </>
  )
}

function PinMoves({ id }: { readonly id: string }) {
  const text = useText()
  const ids = pinnedIds()
  const place = ids.indexOf(id)
  return (
    <>
      <MenuItem icon={<ArrowUp />} disabled={place <= 0} onSelect={() => void movePin(id, -1)}>
        {text(chatTexts.movePinUp)}
      </MenuItem>
      <MenuItem icon={<ArrowDown />} disabled={place === ids.length - 1} onSelect={() => void movePin(id, 1)}>
        {text(chatTexts.movePinDown)}
      </MenuItem>
    </>
  )
}

/** Out of the list, and still there. */
function ArchiveItem({ conversation: { id, is_archived: isArchived } }: { readonly conversation: Conversation }) {
  const text = useText()
  return (
    <MenuItem
      icon={isArchived ? <ArchiveRestore /> : <Archive />}
      onSelect={() => void changeConversation(id, { is_archived: !isArchived })}
    >
      {text(isArchived ? chatTexts.unarchive : chatTexts.archive)}
    </MenuItem>
  )
}
