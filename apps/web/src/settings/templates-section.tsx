import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { LibraryBig, Pencil, Plus, Trash2 } from 'lucide-react'
import { type SubmitEvent, useState } from 'react'
import { call } from '../api/client.ts'
import { queryClient } from '../api/queries.ts'
import { type Template, templatesQuery } from '../chat/data/queries.ts'
import { useText } from '../i18n/language.ts'
import { Badge } from '../ui/badge.tsx'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { Field, Input, Textarea } from '../ui/field.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Switch } from '../ui/switch.tsx'
import { showError, showToast } from '../ui/toast.tsx'

type Draft = Pick<Template, 'name' | 'content' | 'is_shared'> & { readonly id?: string }
const empty: Draft = { name: '', content: '', is_shared: false }

export function TemplatesSection() {
  const text = useText()
  const { data: templates, error, refetch } = useQuery(templatesQuery)
  const [edited, setEdited] = useState<Draft>()
  const [removed, setRemoved] = useState<Template>()
  const remove = useMutation({
    mutationFn: ({ id }: Template) => call('DELETE', `/api/templates/${id}`),
    onSuccess: () => {
      showToast(text(settingsTexts.templateDeleted), { tone: 'success' })
      return queryClient.invalidateQueries(templatesQuery)
    },
    onError: showError,
  })
  const add = (
    <Button variant="primary" onClick={() => setEdited(empty)}>
      <Plus aria-hidden className="size-4" />
      {text(settingsTexts.newTemplate)}
    </Button>
  )
  if (error !== null && templates === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  return (
    <>
      {templates?.length === 0 && (
        <EmptyState
          icon={<LibraryBig />}
          title={text(settingsTexts.noTemplates)}
          hint={text(settingsTexts.templateHint)}
          action={add}
        />
      )}
      {templates !== undefined && templates.length > 0 && (
        <>
          <p className="mb-3 text-muted">{text(settingsTexts.templateHint)}</p>
          <ul className="mb-4">
            {templates.map((template) => (
              <li key={template.id} className="flex items-center gap-1 border-b py-3">
                <div className="min-w-0 flex-1">
                  <p className="flex items-center gap-2 font-medium">
                    {template.name}
                    {template.is_shared && <Badge tone="info">{text(settingsTexts.sharedByOthers)}</Badge>}
                  </p>
                  <p className="truncate text-sm text-muted">{template.content}</p>
                </div>
                {template.is_own && (
                  <>
                    <IconButton label={text(commonTexts.edit)} onClick={() => setEdited(template)}>
                      <Pencil aria-hidden className="size-4" />
                    </IconButton>
                    <IconButton label={text(commonTexts.delete)} onClick={() => setRemoved(template)}>
                      <Trash2 aria-hidden className="size-4" />
                    </IconButton>
                  </>
                )}
              </li>
            ))}
          </ul>
          {add}
        </>
      )}
      {removed !== undefined && (
        <Confirm
          isOpen
          onClose={() => setRemoved(undefined)}
          title={text(settingsTexts.deleteTitle, { name: removed.name })}
          description={text(settingsTexts.deleteHint)}
          confirmLabel={text(commonTexts.delete)}
          onConfirm={() => remove.mutateAsync(removed)}
        />
      )}
      {edited !== undefined && <TemplateDialog initial={edited} onClose={() => setEdited(undefined)} />}
    </>
  )
}

function TemplateDialog({ initial, onClose }: { readonly initial: Draft; readonly onClose: () => void }) {
  const text = useText()
  const [draft, setDraft] = useState(initial)
  const save = useMutation({
    mutationFn: () => {
      const { id, name, content, is_shared } = draft
      const body = { name, content, is_shared }
      return call<Template>(id === undefined ? 'POST' : 'PUT', `/api/templates${id === undefined ? '' : `/${id}`}`, {
        body,
      })
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries(templatesQuery)
      onClose()
    },
    onError: showError,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text(initial.id === undefined ? settingsTexts.newTemplate : commonTexts.edit)}
    >
      <form onSubmit={submit} className="flex flex-col gap-4 pb-3">
        <Field label={text(settingsTexts.templateName)}>
          {(attributes) => (
            <Input
              {...attributes}
              required
              autoFocus
              maxLength={100}
              value={draft.name}
              onChange={(event) => setDraft({ ...draft, name: event.target.value })}
            />
          )}
        </Field>
        <Field label={text(settingsTexts.templateContent)}>
          {(attributes) => (
            <Textarea
              {...attributes}
              required
              rows={7}
              maxLength={100_000}
              value={draft.content}
              onChange={(event) => setDraft({ ...draft, content: event.target.value })}
            />
          )}
        </Field>
        <div className="flex items-center justify-between gap-4">
          {text(settingsTexts.shared)}
          <Switch
            label={text(settingsTexts.shared)}
            checked={draft.is_shared}
            onChange={(isShared) => setDraft({ ...draft, is_shared: isShared })}
          />
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
