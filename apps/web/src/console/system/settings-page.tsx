import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { settingLabels, settingTexts } from '@parley/contract/page-texts/console-settings.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { useStore } from '../../api/store.ts'
import { language, type Text, useText } from '../../i18n/language.ts'
import { Segments } from '../../ui/choice.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { SettingState } from '../api-types.ts'
import { ConsolePage, Section } from '../console-page.tsx'
import { settingStatesQuery } from '../queries.ts'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { SettingRow } from './setting-row.tsx'
import { SignInProvider } from './sign-in-provider.tsx'
import { fieldOf } from './setting-values.ts'

const views = ['changeable', 'all', 'set'] as const
type View = (typeof views)[number]

export function SystemSettingsPage() {
  const text = useText()
  const { values, change } = useUrlFilter(['q', 'show'])
  const view = views.find((one) => one === values.show) ?? 'changeable'
  const isSought = values.q.trim() !== ''
  const { data, error, refetch } = useQuery(settingStatesQuery(useStore(language)))
  return (
    <ConsolePage title={text(consoleTexts.settings)} lead={text(settingTexts.lead)} width="narrow">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput label={text(settingTexts.search)} value={values.q} onChange={(q) => change({ q })} />
        <Segments
          label={text(settingTexts.show)}
          value={view}
          onChange={(show) => change({ show: show === 'changeable' ? '' : show })}
          choices={[
            { value: 'changeable', label: text(settingTexts.showChangeable) },
            { value: 'all', label: text(settingTexts.showAll) },
            { value: 'set', label: text(settingTexts.showSet) },
          ]}
        />
      </div>
      {(view === 'all' || isSought) && <p className="text-sm text-muted">{text(settingTexts.restartHint)}</p>}
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton className="h-96" />
      ) : (
        // Whoever looks for something looks for it everywhere.
        <SettingGroups
          states={data.filter((state) => isWanted(state, { view: isSought ? 'all' : view, words: values.q }, text))}
        />
      )}
      {view !== 'set' && !isSought && <SignInProvider />}
    </ConsolePage>
  )
}

function SettingGroups({ states }: { readonly states: readonly SettingState[] }) {
  const text = useText()
  const groups = Map.groupBy(states, ({ group }) => group)
  if (groups.size === 0) {
    return <EmptyState title={text(commonTexts.nothingFound)} hint={text(consoleTexts.nothingFoundHint)} />
  }
  return [...groups].map(([group, members]) => (
    <Section key={group} title={group}>
      <ul className="rounded-xl border bg-surface">
        {members.map((state) => (
          <SettingRow key={state.name} state={state} />
        ))}
      </ul>
    </Section>
  ))
}

function isWanted(state: SettingState, { view, words }: { view: View; words: string }, text: Text): boolean {
  const field = fieldOf(state)
  if (view === 'changeable' && field === undefined) return false
  if (view === 'set' && (state.source === 'default' || state.source === 'file')) return false
  const label = field === undefined ? '' : text(settingLabels[field])
  return `${state.name} ${label} ${state.help}`.toLowerCase().includes(words.trim().toLowerCase())
}
