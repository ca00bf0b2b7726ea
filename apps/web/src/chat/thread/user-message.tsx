import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { Pencil } from 'lucide-react'
import { call } from '../../api/client.ts'
import type { Message } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { reloadConversation } from '../data/queries.ts'
import { Actions, BranchSwitch } from './actions.tsx'
import { MessageFiles } from '../files/message-files.tsx'
import { EditMessage } from './edit-message.tsx'
import { setEdit, useEdit } from './edits.ts'
import { LongText } from './long-text.tsx'
import { MoreActions } from './more-actions.tsx'

export function UserMessage({ message }: { readonly message: Message }) {
  const text = useText()
  const edit = useEdit(message.id)
  if (edit !== undefined) {
    return (
      <EditMessage
        message={message}
        words={edit}
        saveLabel={text(chatTexts.sendEdited)}
        onSave={async (content) => {
          await call('PATCH', `/api/conversations/${message.conversation_id}/messages/${message.id}`, {
            body: { content },
          })
          await reloadConversation(message.conversation_id)
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
        <IconButton size="small" label={text(commonTexts.edit)} onClick={() => setEdit(message.id, message.content)}>
          <Pencil aria-hidden className="size-4" />
        </IconButton>
        <MoreActions message={message} />
      </Actions>
    </article>
  )
}
