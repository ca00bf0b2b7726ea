import { settingsTexts } from '@parley/contract/page-texts/settings.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { modelsQuery, personalSettingsQuery, queryClient } from '../api/queries.ts'
import { useStore } from '../api/store.ts'
import type { PersonalSettings } from '../api/types.ts'
import { canReadAloud } from '../chat/speech/read-aloud.ts'
import { useText } from '../i18n/language.ts'
import { keyNames } from '../ui/keys.tsx'
import { Select } from '../ui/field.tsx'
import { Switch } from '../ui/switch.tsx'
import { showError } from '../ui/toast.tsx'
import { type Preferences, preferences } from './preferences.ts'
import { Choice, Setting } from './setting.tsx'

export function ChatSection() {
  const text = useText()
  const current = useStore(preferences)
  const change = (changes: Partial<Preferences>) => preferences.update((known) => ({ ...known, ...changes }))
  return (
    <>
      <DefaultModel />
      <Setting title={text(settingsTexts.sendKey)} hint={text(settingsTexts.sendKeyHint)} scope="browser">
        <Choice
          label={text(settingsTexts.sendKey)}
          value={current.sendKey}
          onChange={(sendKey) => change({ sendKey })}
          options={[
            { value: 'enter', label: 'Enter' },
            { value: 'mod-enter', label: keyNames('Mod+Enter').join(' + ') },
          ]}
        />
      </Setting>
      <Setting title={text(settingsTexts.streaming)} hint={text(settingsTexts.streamingHint)} scope="browser">
        <Choice
          label={text(settingsTexts.streaming)}
          value={current.streaming}
          onChange={(streaming) => change({ streaming })}
          options={[
            { value: 'smooth', label: text(settingsTexts.smooth) },
            { value: 'raw', label: text(settingsTexts.raw) },
          ]}
        />
      </Setting>
      {canReadAloud && (
        <Setting title={text(settingsTexts.speechRate)} hint={text(settingsTexts.speechRateHint)} scope="browser">
          <Choice
            label={text(settingsTexts.speechRate)}
            value={current.speechRate}
            onChange={(speechRate) => change({ speechRate })}
            options={[
              { value: 'slow', label: text(settingsTexts.slow) },
              { value: 'normal', label: text(settingsTexts.normalSpeed) },
              { value: 'fast', label: text(settingsTexts.fast) },
            ]}
          />
        </Setting>
      )}
      <Setting title={text(settingsTexts.showUsage)} scope="browser">
        <Switch
          label={text(settingsTexts.showUsage)}
          checked={current.showUsage}
          onChange={(showUsage) => change({ showUsage })}
        />
      </Setting>
    </>
  )
}

function DefaultModel() {
  const text = useText()
  const { data: models = [] } = useQuery(modelsQuery)
  const { data: personal } = useQuery(personalSettingsQuery)
  const save = useMutation({
    mutationFn: (model: string | null) =>
      call<PersonalSettings>('PUT', '/api/settings/personal', { body: { default_model: model } }),
    onSuccess: (saved) => queryClient.setQueryData(personalSettingsQuery.queryKey, saved),
    onError: showError,
  })
  return (
    <Setting title={text(settingsTexts.defaultModel)} hint={text(settingsTexts.defaultModelHint)} scope="account">
      <Select
        aria-label={text(settingsTexts.defaultModel)}
        className="max-w-64"
        disabled={personal === undefined || save.isPending}
        value={personal?.default_model ?? ''}
        onChange={(event) => save.mutate(event.target.value === '' ? null : event.target.value)}
      >
        <option value="">{text(settingsTexts.asServer)}</option>
        {models.map((model) => (
          <option key={model.id} value={model.id}>
            {model.name}
          </option>
        ))}
      </Select>
    </Setting>
  )
}
