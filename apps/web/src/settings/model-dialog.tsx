import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation } from '@tanstack/react-query'
import { type SubmitEvent, useState } from 'react'
import { call } from '../api/client.ts'
import { modelsQuery, queryClient } from '../api/queries.ts'
import type { Model } from '../api/types.ts'
import { AbilitiesField, abilitiesOf, abilityFields } from '../console/models/abilities-field.tsx'
import { useText } from '../i18n/language.ts'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Field, Input } from '../ui/field.tsx'
import { formValue } from '../ui/form-value.ts'
import { showError } from '../ui/toast.tsx'

export interface ModelDialogProps {
  /** The one to change; without it a new one is made. */
  readonly model?: Model
  readonly onClose: () => void
}

export function ModelDialog({ model, onClose }: ModelDialogProps) {
  const text = useText()
  const [abilities, setAbilities] = useState(abilitiesOf(model))
  const save = useMutation({
    mutationFn: (body: object) =>
      model === undefined
        ? call<Model>('POST', '/api/models', { body })
        : call<Model>('PUT', `/api/models/${encodeURIComponent(model.id)}`, { body }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(modelsQuery)
      onClose()
    },
    onError: showError,
  })
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate({ ...readModel(event.currentTarget), ...abilityFields(abilities) })
  }
  return (
    <Dialog isOpen onClose={onClose} title={text(model === undefined ? settingsTexts.newModel : commonTexts.edit)}>
      <form onSubmit={submit} className="grid gap-4 pb-3 sm:grid-cols-2">
        <ModelFields model={model} />
        <div className="sm:col-span-2">
          <AbilitiesField value={abilities} onChange={setAbilities} />
        </div>
        <div className="flex justify-end gap-2 sm:col-span-2">
          <Button onClick={onClose}>{text(commonTexts.cancel)}</Button>
          <Button type="submit" variant="primary" isBusy={save.isPending}>
            {text(commonTexts.save)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function ModelFields({ model }: { readonly model: Model | undefined }) {
  const text = useText()
  const keyHint = model?.apiKeyHint
  return (
    <>
      <Field label={text(commonTexts.name)}>
        {(attributes) => (
          <Input {...attributes} name="name" required autoFocus maxLength={100} defaultValue={model?.name} />
        )}
      </Field>
      <Field label={text(settingsTexts.provider)}>
        {(attributes) => (
          <Input {...attributes} name="provider" required maxLength={100} defaultValue={model?.provider ?? 'OpenAI'} />
        )}
      </Field>
      <Field label={text(settingsTexts.apiUrl)} hint={text(settingsTexts.apiUrlHint)} className="sm:col-span-2">
        {(attributes) => (
          <Input {...attributes} name="apiUrl" type="url" required maxLength={500} defaultValue={model?.apiUrl ?? ''} />
        )}
      </Field>
      <Field
        label={text(settingsTexts.apiKey)}
        className="sm:col-span-2"
        {...(keyHint === undefined || keyHint === null ? {} : { hint: text(settingsTexts.keepKey, { hint: keyHint }) })}
      >
        {(attributes) => <Input {...attributes} name="apiKey" type="password" autoComplete="off" maxLength={2000} />}
      </Field>
      <Field label={text(settingsTexts.upstreamName)}>
        {(attributes) => (
          <Input {...attributes} name="modelId" required maxLength={200} defaultValue={model?.modelId} />
        )}
      </Field>
      <Field label={text(settingsTexts.contextLimit)}>
        {(attributes) => (
          <Input {...attributes} name="contextLimit" type="number" min={1} defaultValue={model?.context_limit ?? ''} />
        )}
      </Field>
    </>
  )
}

function readModel(form: HTMLFormElement): object {
  const word = (name: string) => formValue(form, name).trim()
  return {
    name: word('name'),
    provider: word('provider'),
    apiUrl: word('apiUrl'),
    modelId: word('modelId'),
    contextLimit: word('contextLimit') === '' ? null : Number(word('contextLimit')),
    ...(word('apiKey') === '' ? {} : { apiKey: word('apiKey') }),
  }
}
