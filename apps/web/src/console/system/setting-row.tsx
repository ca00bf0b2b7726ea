import { settingLabels, settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { Switch } from '../../ui/switch.tsx'
import type { SettingState } from '../api-types.ts'
import { useAction, userGroupsQuery } from '../queries.ts'
import { saveSetting, SettingEditor, takeSettingBack } from './setting-editor.tsx'
import { fieldOf, fieldRules, type SettingField, settingText } from './setting-values.ts'

const sources = {
  default: { tone: 'neutral', label: settingTexts.sourceDefault },
  environment: { tone: 'info', label: settingTexts.sourceEnvironment },
  file: { tone: 'neutral', label: settingTexts.sourceFile },
  stored: { tone: 'accent', label: settingTexts.sourceStored },
} as const satisfies Record<SettingState['source'], { tone: Tone; label: object }>

/** One setting: what it is and does, its value, who said so, and how to change it. */
export function SettingRow({ state }: { readonly state: SettingState }) {
  const text = useText()
  const field = fieldOf(state)
  const { tone, label } = sources[state.source]
  const isSwitch = field !== undefined && fieldRules[field].kind === 'switch'
  return (
    <li
      className={classes(
        'flex items-start gap-x-6 gap-y-2 border-b px-4 py-3 last:border-b-0',
        !isSwitch && 'flex-wrap',
      )}
    >
      <div className={classes('flex-1', isSwitch ? 'min-w-0' : 'min-w-56 basis-72')}>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          {field === undefined ? (
            <code className="text-sm font-medium break-all">{state.name}</code>
          ) : (
            <span className="font-medium">{text(settingLabels[field])}</span>
          )}
          <Badge tone={tone}>{text(label)}</Badge>
          {field === undefined && <span className="text-xs text-muted">{text(settingTexts.restart)}</span>}
        </div>
        <p className="text-sm text-muted">{state.help}</p>
        <Note state={state} />
      </div>
      <div
        className={classes(
          'flex min-h-9 items-center justify-end gap-3',
          !isSwitch && 'min-w-0 flex-wrap max-sm:w-full max-sm:justify-between',
        )}
      >
        {field === undefined ? (
          <Value state={state} />
        ) : isSwitch ? (
          <SwitchedSetting state={state} field={field} />
        ) : (
          <TypedSetting state={state} field={field} />
        )}
      </div>
    </li>
  )
}

function Note({ state }: { readonly state: SettingState }) {
  const text = useText()
  const { field, source, variable, environment_value: said } = state
  if (field !== null && variable !== null && source === 'stored' && said !== null) {
    return <p className="text-sm text-warning">{text(settingTexts.wins, { name: variable, value: said })}</p>
  }
  return field === null || variable === null ? null : <code className="text-xs text-muted">{variable}</code>
}

function Value({ state }: { readonly state: SettingState }) {
  const text = useText()
  const { data: groups } = useQuery({ ...userGroupsQuery, enabled: state.field === 'default_group_id' })
  const { value } = state
  const isSet = value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
  const group = groups?.find(({ id }) => id === value)
  return (
    <span className={isSet ? 'max-w-80 text-right break-words tabular-nums max-sm:text-left' : 'text-muted'}>
      {group?.name ?? settingText(value, state, text)}
    </span>
  )
}

interface ChangeableProps {
  readonly state: SettingState
  readonly field: SettingField
}

function SwitchedSetting({ state, field }: ChangeableProps) {
  const text = useText()
  const save = useAction({ run: (isOn: boolean) => saveSetting(field, isOn), changes: ['settings'] })
  const takeBack = useAction({ run: () => takeSettingBack(field), changes: ['settings'] })
  return (
    <>
      {state.source === 'stored' && (
        <Button size="small" variant="ghost" isBusy={takeBack.isPending} onClick={() => takeBack.mutate()}>
          {text(settingTexts.takeBack)}
        </Button>
      )}
      <Switch
        label={text(settingLabels[field])}
        checked={state.value === true}
        disabled={save.isPending}
        onChange={(isOn) => save.mutate(isOn)}
      />
    </>
  )
}

function TypedSetting({ state, field }: ChangeableProps) {
  const text = useText()
  const [isEditing, setEditing] = useState(false)
  return (
    <>
      <Value state={state} />
      <Button
        size="small"
        aria-label={`${text(settingTexts.change)}: ${text(settingLabels[field])}`}
        onClick={() => setEditing(true)}
      >
        {text(settingTexts.change)}
      </Button>
      {isEditing && <SettingEditor state={state} field={field} onClose={() => setEditing(false)} />}
    </>
  )
}
