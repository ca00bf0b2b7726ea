import { cancelSending } from '../data/outbox.ts'
import { dropOutgoing, type Outgoing } from '../data/outbox-store.ts'
import { giveBack } from '../files/pending-files.ts'
import { draftIn, focusComposer } from './drafts.ts'

/** Into the box again, before what is being typed there: nobody sends it while it is changed. */
export function takeBack({ clientMessageId, conversationId, content, attachments = [] }: Outgoing): void {
  dropOutgoing(clientMessageId)
  cancelSending(clientMessageId)
  draftIn(conversationId).update((typed) => [content, typed].filter((words) => words.trim() !== '').join('\n\n'))
  giveBack(conversationId, attachments)
  focusComposer()
}
