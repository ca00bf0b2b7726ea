import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Download, RefreshCw } from 'lucide-react'
import { useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Select } from '../../ui/field.tsx'
import { ConsolePage } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { FilterBar } from '../filter-bar.tsx'
import { allKeysQuery, everybodyQuery, queryString } from '../queries.ts'
import { useUrlFilter } from '../url-filter.ts'
import { Calls } from './calls.tsx'

export function RecordsPage() {
  const text = useText()
  const client = useQueryClient()
  const { values, change } = useUrlFilter(['user', 'key'])
  const filter = { user_id: values.user || undefined, key_id: values.key || undefined }
  const { data: people = [] } = useQuery(everybodyQuery)
  const { data: keys } = useQuery(allKeysQuery)
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
      <FilterBar>
        <Select
          aria-label={text(usageTexts.personFilter)}
          value={values.user}
          onChange={(event) => change({ user: event.target.value })}
          className="max-w-56"
        >
          <option value="">{text(usageTexts.anyPerson)}</option>
          {people.map((person) => (
            <option key={person.id} value={person.id}>
              {person.nickname ?? person.username}
            </option>
          ))}
        </Select>
        <Select
          aria-label={text(usageTexts.keyFilter)}
          value={values.key}
          onChange={(event) => change({ key: event.target.value })}
          className="max-w-56"
        >
          <option value="">{text(usageTexts.anyKey)}</option>
          {keys?.map((key) => (
            <option key={key.id} value={key.id}>
              {key.name}
            </option>
          ))}
        </Select>
      </FilterBar>
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
