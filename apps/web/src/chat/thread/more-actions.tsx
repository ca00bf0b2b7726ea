import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useNavigate } from '@tanstack/react-router'
import { Ellipsis, GitFork, Info, Pencil, Quote, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import type { Conversation, Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '../../ui/menu.tsx'
import { showError } from '../../ui/toast.tsx'
import { quoteInto } from '../composer/drafts.ts'
import { deleteMessage } from '../data/deletion.ts'
import { reloadLists } from '../data/queries.ts'
import { MessageDetails } from './message-details.tsx'

export interface MoreActionsProps {
  readonly message: Message
  /** Where it has no button of its own. */
  readonly onEdit?: () => void
}

export function MoreActions({ message, onEdit }: MoreActionsProps) {
  const text = useText()
  const navigate = useNavigate()
  const [isShown, setShown] = useState(false)
  const fork = async () => {
    try {
      const body = { message_id: message.id }
      const copy = await call<Conversation>('POST', `/api/conversations/${message.conversation_id}/fork`, { body })
      void reloadLists()
      await navigate({ to: '/c/$id', params: { id: copy.id } })
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <Menu
        trigger={
          <IconButton size="small" label={text(commonTexts.more)}>
            <Ellipsis aria-hidden className="size-4" />
          </IconButton>
        }
      >
        {onEdit !== undefined && (
          <MenuItem icon={<Pencil />} onSelect={onEdit}>
            {text(commonTexts.edit)}
          </MenuItem>
        )}
        <MenuItem
          icon={<Quote />}
          onSelect={() => quoteInto(message.conversation_id, selectedText() ?? message.content)}
        >
          {text(chatTexts.quote)}
        </MenuItem>
        <MenuItem icon={<GitFork />} onSelect={() => void fork()}>
          {text(chatTexts.fork)}
        </MenuItem>
        <MenuItem icon={<Info />} onSelect={() => setShown(true)}>
          {text(chatTexts.details)}
        </MenuItem>
        <MenuSeparator />
        <MenuItem icon={<Trash2 />} isDangerous onSelect={() => deleteMessage(message)}>
          {text(chatTexts.deleteFromHere)}
        </MenuItem>
      </Menu>
      {isShown && <MessageDetails message={message} onClose={() => setShown(false)} />}
    </>
  )
}

function selectedText(): string | undefined {
  const selected = getSelection()?.toString().trim() ?? ''
  return selected === '' ? undefined : selected
}
