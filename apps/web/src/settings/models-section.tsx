import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Boxes, Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { modelsQuery, queryClient } from '../api/queries.ts'
import type { Model } from '../api/types.ts'
import { formatDuration } from '../i18n/format.ts'
import { useText } from '../i18n/language.ts'
import { reasonText } from '../i18n/reason-text.ts'
import { Button } from '../ui/button.tsx'
import { Confirm } from '../ui/confirm.tsx'
import { EmptyState } from '../ui/empty-state.tsx'
import { ErrorState } from '../ui/error-state.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { Skeleton } from '../ui/skeleton.tsx'
import { showError, showToast } from '../ui/toast.tsx'
import { ModelDialog } from './model-dialog.tsx'

export function ModelsSection() {
  const text = useText()
  const { data: models, error, refetch } = useQuery(modelsQuery)
  const [edited, setEdited] = useState<Model | 'new'>()
  if (error !== null && models === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  if (models === undefined) return <Skeleton className="mt-4 h-40" />
  const own = models.filter((model) => !model.isSystem)
  const add = (
    <Button variant="primary" onClick={() => setEdited('new')}>
      <Plus aria-hidden className="size-4" />
      {text(settingsTexts.newModel)}
    </Button>
  )
  return (
    <>
      {own.length === 0 ? (
        <EmptyState
          icon={<Boxes />}
          title={text(settingsTexts.noModels)}
          hint={text(settingsTexts.modelsHint)}
          action={add}
        />
      ) : (
        <>
          <p className="mb-3 text-muted">{text(settingsTexts.modelsHint)}</p>
          <ul className="mb-4">
            {own.map((model) => (
              <ModelLine key={model.id} model={model} onEdit={() => setEdited(model)} />
            ))}
          </ul>
          {add}
        </>
      )}
      {edited !== undefined && (
        <ModelDialog {...(edited === 'new' ? {} : { model: edited })} onClose={() => setEdited(undefined)} />
      )}
    </>
  )
}

interface ModelTest {
  readonly ok: boolean
  readonly latency_ms: number
  readonly error: string | null
}

function ModelLine({ model, onEdit }: { readonly model: Model; readonly onEdit: () => void }) {
  const text = useText()
  const { id, name } = model
  const test = useMutation({
    mutationFn: () => call<ModelTest>('POST', `/api/models/${encodeURIComponent(id)}/test`),
    onSuccess: ({ ok, latency_ms: took, error }) =>
      showToast(
        ok
          ? text(settingsTexts.modelWorks, { name, time: formatDuration(took) })
          : text(settingsTexts.modelFails, { name, error: reasonText(error ?? '') }),
        { tone: ok ? 'success' : 'danger', durationMs: 8000 },
      ),
    onError: showError,
  })
  const [isAsked, setAsked] = useState(false)
  const remove = useMutation({
    mutationFn: () => call('DELETE', `/api/models/${encodeURIComponent(id)}`),
    onSuccess: () => {
      showToast(text(settingsTexts.modelDeleted), { tone: 'success' })
      return queryClient.invalidateQueries(modelsQuery)
    },
    onError: showError,
  })
  return (
    <li className="flex items-center gap-1 border-b py-3">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{name}</p>
        <p className="truncate text-sm text-muted">
          {[model.modelId, model.apiUrl, model.apiKeyHint].filter(Boolean).join(' · ')}
        </p>
      </div>
      <Button size="small" isBusy={test.isPending} onClick={() => test.mutate()}>
        {text(settingsTexts.testModel)}
      </Button>
      <IconButton label={text(commonTexts.edit)} onClick={onEdit}>
        <Pencil aria-hidden className="size-4" />
      </IconButton>
      <IconButton label={text(commonTexts.delete)} onClick={() => setAsked(true)}>
        <Trash2 aria-hidden className="size-4" />
      </IconButton>
      <Confirm
        isOpen={isAsked}
        onClose={() => setAsked(false)}
        title={text(settingsTexts.deleteTitle, { name })}
        description={text(settingsTexts.deleteHint)}
        confirmLabel={text(commonTexts.delete)}
        onConfirm={() => remove.mutateAsync()}
      />
    </li>
  )
}
