import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { groupTexts } from '@parley/contract/page-texts/console-groups.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import type { UserGroup } from '../api-types.ts'
import { readList, tryNumber } from '../form-text.ts'
import { LinesField, TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'

export interface GroupDialogProps {
  readonly group?: UserGroup
  readonly onClose: () => void
}

/** Adds a group, or changes one. */
export function GroupDialog({ group, onClose }: GroupDialogProps) {
  const text = useText()
  const { draft, change } = useDraft({
    name: group?.name ?? '',
    description: group?.description ?? '',
    models: group?.models?.join('\n') ?? '',
    isNone: group?.models?.length === 0,
    quota: String(group?.token_quota ?? ''),
  })
  const run = () => {
    const models = readList(draft.models)
    const body = {
      name: draft.name,
      description: draft.description,
      models: draft.isNone ? [] : models.length === 0 ? null : models,
      token_quota: draft.quota.trim() === '' ? null : (tryNumber(draft.quota) ?? draft.quota),
    }
    return group === undefined
      ? call('POST', '/admin/user-groups', { body })
      : call('PATCH', `/admin/user-groups/${group.id}`, { body })
  }
  return (
    <FormDialog
      title={group === undefined ? text(groupTexts.addTitle) : text(groupTexts.editTitle, { name: group.name })}
      onClose={onClose}
      changes={['groups']}
      run={run}
    >
      <TextField
        name="name"
        label={text(commonTexts.name)}
        required
        autoFocus
        value={draft.name}
        onType={(name) => change({ name })}
      />
      <TextField
        name="description"
        label={text(groupTexts.description)}
        value={draft.description}
        onType={(description) => change({ description })}
      />
      {!draft.isNone && (
        <LinesField
          name="models"
          label={text(groupTexts.models)}
          hint={text(groupTexts.modelsHint)}
          rows={4}
          isCode
          value={draft.models}
          onType={(models) => change({ models })}
        />
      )}
      <label className="flex items-center gap-2.5 text-sm coarse:min-h-11">
        <input
          type="checkbox"
          checked={draft.isNone}
          onChange={(event) => change({ isNone: event.target.checked })}
          className="size-4 accent-accent"
        />
        {text(groupTexts.noModels)}
      </label>
      <TextField
        name="token_quota"
        label={text(groupTexts.quota)}
        hint={text(groupTexts.quotaHint)}
        inputMode="numeric"
        value={draft.quota}
        onType={(quota) => change({ quota })}
      />
    </FormDialog>
  )
}
