import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { call } from '../api/client.ts'
import { modelsQuery, queryClient } from '../api/queries.ts'
import type { Bot } from '../api/types.ts'
import { botsQuery } from '../chat/data/queries.ts'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input, Select } from '../ui/field.tsx'
import { showError } from '../ui/toast.tsx'

export type BotDraft = Pick<
  Bot,
  'name' | 'personality' | 'description' | 'response_tendency' | 'model_id' | 'color'
> & {
  readonly id?: string
}

const words = [
  ['name', commonTexts.name],
  ['personality', settingsTexts.personality],
  ['description', settingsTexts.description],
  ['response_tendency', settingsTexts.tendency],
] as const

export function BotDialog({ initial, onClose }: { readonly initial: BotDraft; readonly onClose: () => void }) {
  const text = useText()
  const [draft, setDraft] = useState(initial)
  const { data: models = [] } = useQuery(modelsQuery)
  const save = useMutation({
    mutationFn: () => {
      const { id, name, personality, description, response_tendency, model_id, color } = draft
      const body = { name, personality, description, response_tendency, model_id, color }
      return call<Bot>(id === undefined ? 'POST' : 'PATCH', `/api/bots${id === undefined ? '' : `/${id}`}`, { body })
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries(botsQuery)
      onClose()
    },
    onError: showError,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog isOpen onClose={onClose} title={text(initial.id === undefined ? settingsTexts.newBot : commonTexts.edit)}>
      <form onSubmit={submit} className="flex flex-col gap-4 pb-3">
        {words.map(([name, label]) => (
          <Field key={name} label={text(label)}>
            {(attributes) => (
              <Input
                {...attributes}
                required={name === 'name'}
                maxLength={name === 'name' ? 50 : 4000}
                value={draft[name]}
                onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <div className="grid grid-cols-[1fr_auto] gap-4">
          <Field label={text(settingsTexts.botModel)}>
            {(attributes) => (
              <Select
                {...attributes}
                value={draft.model_id ?? ''}
                onChange={(event) =>
                  setDraft({ ...draft, model_id: event.target.value === '' ? null : event.target.value })
                }
              >
                <option value="">{text(settingsTexts.asGroup)}</option>
                {models.map((model) => (
                  <option key={model.id} value={model.id}>
                    {model.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label={text(settingsTexts.color)}>
            {(attributes) => (
              <input
                {...attributes}
                type="color"
                value={draft.color ?? '#0b6e5f'}
                onChange={(event) => setDraft({ ...draft, color: event.target.value })}
                className="h-9 w-16 rounded-lg border bg-surface p-1 coarse:h-11"
              />
            )}
          </Field>
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={save.isPending}>
            {text(commonTexts.save)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
