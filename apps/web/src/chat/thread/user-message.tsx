import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { call } from '../../api/client.ts'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { reloadConversation } from '../data/queries.ts'
import { Actions, BranchSwitch } from './actions.tsx'
import { MessageFiles } from '../files/message-files.tsx'
import { EditMessage } from './edit-message.tsx'
import { LongText } from './long-text.tsx'
import { MoreActions } from './more-actions.tsx'

export function UserMessage({ message }: { readonly message: Message }) {
  const text = useText()
  const [isEditing, setEditing] = useState(false)
  if (isEditing) {
    return (
      <EditMessage
        content={message.content}
        saveLabel={text(chatTexts.sendEdited)}
        onCancel={() => setEditing(false)}
        onSave={async (content) => {
          await call('PATCH', `/api/conversations/${message.conversation_id}/messages/${message.id}`, {
            body: { content },
          })
          await reloadConversation(message.conversation_id)
          setEditing(false)
        }}
      />
    )
  }
  return (
    <article aria-label={text(chatTexts.you)} className="group relative flex flex-col items-end gap-1">
      <MessageFiles files={message.attachments} />
      {message.content !== '' && (
        <div className="max-w-[85%] rounded-2xl rounded-br-md bg-accent-soft px-4 py-2.5 break-words whitespace-pre-wrap">
          <LongText text={message.content} />
        </div>
      )}
      <Actions isAlwaysShown={false} isBelow>
        <BranchSwitch message={message} />
        <CopyButton size="small" value={message.content} />
        <IconButton size="small" label={text(commonTexts.edit)} onClick={() => setEditing(true)}>
          <Pencil aria-hidden className="size-4" />
        </IconButton>
        <MoreActions message={message} />
      </Actions>
    </article>
  )
}
