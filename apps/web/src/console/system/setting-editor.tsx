import { settingLabels, settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { useQuery } from '@tanstack/react-query'
import { queryClient } from '../../api/queries.ts'
import { call } from '../../api/client.ts'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Field, Select } from '../../ui/field.tsx'
import type { Banner, SettingState } from '../api-types.ts'
import { LinesField, TextField, useDraft } from '../form.tsx'
import { FormDialog } from '../form-dialog.tsx'
import { catalogQuery, useAction, userGroupsQuery } from '../queries.ts'
import { bannerOf, fieldRules, type SettingField, settingText, typedOf, valueOf } from './setting-values.ts'

export async function saveSetting(field: SettingField, value: unknown): Promise<void> {
  await call('PUT', '/admin/settings', { body: { [field]: value } })
  await changed()
}

export async function takeSettingBack(field: SettingField): Promise<void> {
  await call('DELETE', `/admin/settings/${field}`)
  await changed()
}

/** What every page knows first may be another now. */
async function changed(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ['app'] })
}

export interface SettingEditorProps {
  readonly state: SettingState
  readonly field: SettingField
  readonly onClose: () => void
}

export function SettingEditor({ state, field, onClose }: SettingEditorProps) {
  const text = useText()
  const rule = fieldRules[field]
  const { draft, change } = useDraft({
    typed: typedOf(state.value),
    tone: bannerOf(state.value)?.tone ?? ('info' as Banner['tone']),
  })
  const takeBack = useAction({ run: () => takeSettingBack(field), changes: ['settings'], onDone: onClose })
  const isStored = state.source === 'stored'
  return (
    <FormDialog
      title={text(settingLabels[field])}
      description={state.help}
      onClose={onClose}
      changes={['settings']}
      run={() => saveSetting(field, valueOf(draft.typed, rule, draft.tone))}
      {...(isStored && {
        otherAction: (
          <Button onClick={() => takeBack.mutate()} isBusy={takeBack.isPending} className="mr-auto">
            {text(settingTexts.takeBack)}
          </Button>
        ),
      })}
    >
      <SettingInput field={field} draft={draft} change={change} />
      {isStored && <WithoutIt state={state} />}
    </FormDialog>
  )
}

/** What holds when the change is taken back. */
function WithoutIt({ state }: { readonly state: SettingState }) {
  const text = useText()
  const isOfEnvironment = state.environment_value !== null
  const value = isOfEnvironment ? state.environment_value : state.default_value
  return (
    <p className="text-sm text-muted">
      {text(settingTexts.takeBackHint, {
        value: settingText(value, state, text),
        source: text(isOfEnvironment ? settingTexts.sourceEnvironment : settingTexts.sourceDefault),
      })}
    </p>
  )
}

interface Draft {
  readonly typed: string
  readonly tone: Banner['tone']
}

interface SettingInputProps {
  readonly field: SettingField
  readonly draft: Draft
  readonly change: (changes: Partial<Draft>) => void
}

function SettingInput({ field, draft, change }: SettingInputProps) {
  const text = useText()
  const { kind, isOptional } = fieldRules[field]
  const label = text(settingLabels[field])
  const onType = (typed: string) => change({ typed })
  const emptyHint = isOptional === true ? { hint: text(settingTexts.emptyIsNone) } : {}
  if (kind === 'model' || kind === 'group' || kind === 'choice')
    return <ChoiceInput field={field} value={draft.typed} onChange={onType} />
  if (kind === 'list') {
    return (
      <LinesField
        label={label}
        name={field}
        hint={text(settingTexts.listHint)}
        isCode
        value={draft.typed}
        onType={onType}
      />
    )
  }
  if (kind === 'lines') {
    return <LinesField label={label} hint={text(settingTexts.linesHint)} rows={5} value={draft.typed} onType={onType} />
  }
  if (kind === 'banner') {
    return (
      <>
        <LinesField
          label={text(settingTexts.bannerText)}
          name="banner.text"
          {...emptyHint}
          value={draft.typed}
          onType={onType}
        />
        <Field label={text(settingTexts.bannerTone)}>
          {(attributes) => (
            <Select
              {...attributes}
              value={draft.tone}
              onChange={(event) => change({ tone: event.target.value as Banner['tone'] })}
            >
              <option value="info">{text(settingTexts.toneInfo)}</option>
              <option value="warning">{text(settingTexts.toneWarning)}</option>
            </Select>
          )}
        </Field>
      </>
    )
  }
  return <TextField label={label} name={field} {...emptyHint} inputMode="numeric" value={draft.typed} onType={onType} />
}

interface ChoiceInputProps {
  readonly field: SettingField
  readonly value: string
  readonly onChange: (value: string) => void
}

function ChoiceInput({ field, value, onChange }: ChoiceInputProps) {
  const text = useText()
  const choices = useChoices(field)
  const isThere = choices.some((choice) => choice.value === value)
  return (
    <Field label={text(settingLabels[field])} name={field}>
      {(attributes) => (
        <Select {...attributes} value={value} onChange={(event) => onChange(event.target.value)}>
          {!isThere && <option value={value}>{value}</option>}
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.label}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

function useChoices(field: SettingField): readonly { readonly value: string; readonly label: string }[] {
  const text = useText()
  const { kind, isOptional, choices } = fieldRules[field]
  const { data: models = [] } = useQuery({ ...catalogQuery, enabled: kind === 'model' })
  const { data: groups = [] } = useQuery({ ...userGroupsQuery, enabled: kind === 'group' })
  if (choices !== undefined) return Object.entries(choices).map(([value, label]) => ({ value, label: text(label) }))
  const none = { value: '', label: text(kind === 'group' ? settingTexts.noGroup : settingTexts.firstWords) }
  const named =
    kind === 'group'
      ? groups.map(({ id, name }) => ({ value: id, label: name }))
      : models.map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` }))
  return [...(isOptional === true ? [none] : []), ...named]
}
