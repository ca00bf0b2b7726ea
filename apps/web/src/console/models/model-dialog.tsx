import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { modelTexts } from '@parley/contract/page-texts/console-models.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import type { CatalogModel } from '../api-types.ts'
import { tryNumber } from '../form-text.ts'
import { TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { type Abilities, AbilitiesField, abilitiesOf, abilityFields } from './abilities-field.tsx'

interface ModelDraft {
  readonly id: string
  readonly name: string
  readonly provider: string
  readonly contextLimit: string
  readonly sortOrder: string
  readonly abilities: Abilities
}

function draftOf(model: CatalogModel | undefined): ModelDraft {
  return {
    id: model?.id ?? '',
    name: model?.name ?? '',
    provider: model?.provider ?? '',
    contextLimit: String(model?.context_limit ?? ''),
    sortOrder: String(model?.sort_order ?? 0),
    abilities: abilitiesOf(model),
  }
}

export function modelPath(id: string): string {
  return `/admin/models/${encodeURIComponent(id)}`
}

function save(model: CatalogModel | undefined, draft: ModelDraft): Promise<CatalogModel> {
  const contextLimit = tryNumber(draft.contextLimit)
  const fields = {
    name: draft.name.trim() === '' ? draft.id.trim() : draft.name.trim(),
    provider: draft.provider.trim(),
    context_limit: contextLimit === undefined ? draft.contextLimit : contextLimit,
    sort_order: tryNumber(draft.sortOrder) ?? draft.sortOrder,
    ...abilityFields(draft.abilities),
  }
  return model === undefined
    ? call('POST', '/admin/models', { body: { ...fields, id: draft.id.trim() } })
    : call('PATCH', modelPath(model.id), { body: fields })
}

/** Adds a model, or changes one. Prices have their own dialog. */
export function ModelDialog({ model, onClose }: { readonly model?: CatalogModel; readonly onClose: () => void }) {
  const text = useText()
  const { draft, change } = useDraft(draftOf(model))
  return (
    <FormDialog
      title={model === undefined ? text(modelTexts.addTitle) : text(modelTexts.editTitle, { name: model.name })}
      onClose={onClose}
      changes={['models']}
      run={() => save(model, draft)}
    >
      {model === undefined && (
        <TextField
          name="id"
          label={text(modelTexts.id)}
          hint={text(modelTexts.idHint)}
          autoFocus
          required
          value={draft.id}
          onType={(id) => change({ id })}
        />
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField name="name" label={text(commonTexts.name)} value={draft.name} onType={(name) => change({ name })} />
        <TextField
          name="provider"
          label={text(modelTexts.provider)}
          required
          value={draft.provider}
          onType={(provider) => change({ provider })}
        />
        <TextField
          name="context_limit"
          label={text(modelTexts.context)}
          hint={text(modelTexts.contextHint)}
          inputMode="numeric"
          value={draft.contextLimit}
          onType={(contextLimit) => change({ contextLimit })}
        />
        <TextField
          name="sort_order"
          label={text(modelTexts.sortOrder)}
          hint={text(modelTexts.sortOrderHint)}
          inputMode="numeric"
          value={draft.sortOrder}
          onType={(sortOrder) => change({ sortOrder })}
        />
      </div>
      <AbilitiesField value={draft.abilities} onChange={(abilities) => change({ abilities })} />
    </FormDialog>
  )
}
