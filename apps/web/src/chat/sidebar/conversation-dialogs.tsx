import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useId, useState } from 'react'
import { call } from '../../api/client.ts'
import type { Conversation, Parameters } from '../../api/types.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Input, Select, Textarea } from '../../ui/field.tsx'
import { showError } from '../../ui/toast.tsx'
import { efforts } from '../composer/effort-picker.tsx'
import { foldersQuery, reloadConversation, reloadLists } from '../data/queries.ts'
import { ShareDialog } from './share-dialog.tsx'

export interface ConversationDialogsProps {
  readonly asked: 'title' | 'tags' | 'folder' | 'share' | 'instructions'
  readonly conversation: Conversation
  readonly onClose: () => void
}

export function ConversationDialogs({ asked, conversation, onClose }: ConversationDialogsProps) {
  if (asked === 'share') return <ShareDialog conversation={conversation} onClose={onClose} />
  if (asked === 'instructions') return <InstructionsDialog conversation={conversation} onClose={onClose} />
  if (asked === 'folder') return <FolderDialog conversation={conversation} onClose={onClose} />
  return <WordsDialog what={asked} conversation={conversation} onClose={onClose} />
}

interface SaveOptions {
  readonly conversation: Conversation
  readonly onClose: () => void
}

function useSave({ conversation, onClose }: SaveOptions) {
  const [isBusy, setBusy] = useState(false)
  const save = async (path: string, body: object) => {
    setBusy(true)
    try {
      await call('PATCH', `/api/conversations/${conversation.id}${path}`, { body })
      await Promise.all([reloadLists(), reloadConversation(conversation.id)])
      onClose()
    } catch (error) {
      setBusy(false)
      showError(error)
    }
  }
  return { isBusy, save }
}

function WordsDialog({ what, conversation, onClose }: SaveOptions & { readonly what: 'title' | 'tags' }) {
  const text = useText()
  const isTitle = what === 'title'
  const [value, setValue] = useState(isTitle ? conversation.title : conversation.tags.join(', '))
  const { isBusy, save } = useSave({ conversation, onClose })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (isTitle) void save('', { title: value.trim() })
    else
      void save('/tags', {
        tags: [
          ...new Set(
            value
              .split(/[,，]/)
              .map((tag) => tag.trim())
              .filter(Boolean),
          ),
        ],
      })
  }
  return (
    <Dialog isOpen onClose={onClose} title={text(isTitle ? chatTexts.rename : chatTexts.tags)} width="narrow">
      <form onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field
          label={text(isTitle ? chatTexts.title : chatTexts.tags)}
          {...(isTitle ? {} : { hint: text(chatTexts.tagsHint) })}
        >
          {(attributes) => (
            <Input
              {...attributes}
              autoFocus
              required={isTitle}
              maxLength={200}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            {text(commonTexts.save)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** A folder is there as long as something is in it. */
function FolderDialog({ conversation, onClose }: SaveOptions) {
  const text = useText()
  const listId = useId()
  const { data: folders = [] } = useQuery(foldersQuery)
  const [value, setValue] = useState(conversation.folder ?? '')
  const { isBusy, save } = useSave({ conversation, onClose })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    void save('', { folder: value.trim() === '' ? null : value.trim() })
  }
  return (
    <Dialog isOpen onClose={onClose} title={text(chatTexts.toFolder)} width="narrow">
      <form onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field label={text(chatTexts.folder)} hint={text(chatTexts.folderHint)}>
          {(attributes) => (
            <Input
              {...attributes}
              list={listId}
              maxLength={100}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
          )}
        </Field>
        <datalist id={listId}>
          {folders.map(({ name }) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            {text(commonTexts.save)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function InstructionsDialog({ conversation, onClose }: SaveOptions) {
  const text = useText()
  const { isBusy, save } = useSave({ conversation, onClose })
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const word = (name: string) => {
      const value = fields.get(name)
      return typeof value === 'string' ? value.trim() : ''
    }
    const { temperature: _, max_tokens: __, reasoning_effort: ___, ...others } = conversation.parameters
    void save('', {
      system_prompt: word('system') === '' ? null : word('system'),
      parameters: {
        ...others,
        ...(word('temperature') === '' ? {} : { temperature: Number(word('temperature')) }),
        ...(word('tokens') === '' ? {} : { max_tokens: Number(word('tokens')) }),
        ...(word('effort') === '' ? {} : { reasoning_effort: word('effort') }),
      },
    })
  }
  return (
    <Dialog isOpen onClose={onClose} title={text(chatTexts.instructions)}>
      <form onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field label={text(chatTexts.systemPrompt)} hint={text(chatTexts.systemPromptHint)}>
          {(attributes) => (
            <Textarea
              {...attributes}
              name="system"
              rows={6}
              maxLength={100_000}
              defaultValue={conversation.system_prompt ?? ''}
            />
          )}
        </Field>
        <ParameterFields parameters={conversation.parameters} />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={isBusy}>
            {text(commonTexts.save)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function ParameterFields({ parameters }: { readonly parameters: Parameters }) {
  const text = useText()
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Field label={text(chatTexts.temperature)} hint={text(chatTexts.modelDefault)}>
        {(attributes) => (
          <Input
            {...attributes}
            name="temperature"
            type="number"
            min={0}
            max={2}
            step="any"
            defaultValue={parameters.temperature}
          />
        )}
      </Field>
      <Field label={text(chatTexts.maxTokens)} hint={text(chatTexts.modelDefault)}>
        {(attributes) => (
          <Input
            {...attributes}
            name="tokens"
            type="number"
            min={1}
            max={1_000_000}
            defaultValue={parameters.max_tokens}
          />
        )}
      </Field>
      <Field label={text(chatTexts.effort)}>
        {(attributes) => (
          <Select {...attributes} name="effort" defaultValue={parameters.reasoning_effort ?? ''}>
            <option value="">{text(chatTexts.effortDefault)}</option>
            {efforts.map((effort) => (
              <option key={effort} value={effort}>
                {text(chatTexts[effort])}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </div>
  )
}
