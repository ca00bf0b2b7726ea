import { fileTexts } from '@parley/contract/page-texts/chat-files.ts'
import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '../../api/queries.ts'
import { useStore } from '../../api/store.ts'
import { useText } from '../../i18n/language.ts'
import { pendingFiles } from './pending-files.ts'

export interface UnreadHintProps {
  readonly conversationId: string
  readonly modelId: string | undefined
}

/** Said before sending: the chosen model does not read what is attached. */
export function UnreadHint({ conversationId, modelId }: UnreadHintProps) {
  const text = useText()
  const files = useStore(pendingFiles(conversationId))
  const { data: models } = useQuery(modelsQuery)
  const model = models?.find(({ id }) => id === modelId)
  if (model === undefined) return null
  const types = files.map(({ file, attachment }) => attachment?.media_type ?? file.type)
  const isUnseen = types.some((type) => type.startsWith('image/')) && !model.inputs.includes('image')
  const isUnread = types.includes('application/pdf') && !model.inputs.includes('document')
  if (!isUnseen && !isUnread) return null
  return (
    <p role="status" className="px-4 pt-2 text-sm text-warning">
      {text(isUnseen ? fileTexts.notSeen : fileTexts.notRead, { model: model.name })}
    </p>
  )
}
