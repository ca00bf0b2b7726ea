import { callOutcomes } from '@parley/contract'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, RefreshCw } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { ConsolePage } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { FilterBar } from '../filter-bar.tsx'
import { KeyChooser } from '../keys/key-chooser.tsx'
import { PersonChooser } from '../people/person-chooser.tsx'
import { queryString } from '../queries.ts'
import { type UrlFilter, useUrlFilter } from '../url-filter.ts'
import { Calls } from './calls.tsx'
import { outcomeTexts } from './outcome-badge.tsx'

const filterNames = ['user', 'key', 'outcome'] as const

export function RecordsPage() {
  const text = useText()
  const client = useQueryClient()
  const { values, change } = useUrlFilter(filterNames)
  const filter = {
    user_id: values.user || undefined,
    key_id: values.key || undefined,
    outcome: values.outcome || undefined,
  }
  return (
    <ConsolePage
      title={text(consoleTexts.records)}
      lead={text(usageTexts.recordsLead)}
      actions={
        <>
          <Button
            onClick={() => void downloadFrom(`/admin/usage/records/export${queryString({ ...filter })}`, 'calls.csv')}
          >
            <Download aria-hidden className="size-4" />
            {text(consoleTexts.exportCsv)}
          </Button>
          <Button onClick={() => void client.invalidateQueries({ queryKey: ['console', 'records'] })}>
            <RefreshCw aria-hidden className="size-4" />
            {text(consoleTexts.refresh)}
          </Button>
        </>
      }
    >
      <CallFilters values={values} change={change} />
      <Calls filter={filter} />
      <p className="text-sm text-muted">
        {text(usageTexts.refusedHint)}{' '}
        <Link
          to="/console/logs"
          search={{ level: 'info', q: 'call refused' }}
          className="text-accent-ink underline underline-offset-2"
        >
          {text(usageTexts.refusedInLog)}
        </Link>
      </p>
    </ConsolePage>
  )
}

function CallFilters({ values, change }: UrlFilter<(typeof filterNames)[number]>) {
  const text = useText()
  return (
    <FilterBar>
      <PersonChooser
        aria-label={text(usageTexts.personFilter)}
        value={values.user}
        none={text(usageTexts.anyPerson)}
        onChange={(user) => change({ user })}
        className="max-w-56"
      />
      <KeyChooser
        aria-label={text(usageTexts.keyFilter)}
        value={values.key}
        none={text(usageTexts.anyKey)}
        onChange={(key) => change({ key })}
        className="max-w-56"
      />
      <Select
        aria-label={text(usageTexts.outcome)}
        value={values.outcome}
        onChange={(event) => change({ outcome: event.target.value })}
        className="max-w-56"
      >
        <option value="">{text(usageTexts.anyOutcome)}</option>
        {callOutcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {text(outcomeTexts[outcome])}
          </option>
        ))}
      </Select>
    </FilterBar>
  )
}
