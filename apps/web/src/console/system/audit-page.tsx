import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { auditKinds, auditTexts } from '@parley/contract/page-texts/console-operations.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Download, ScrollText } from 'lucide-react'
import { useState } from 'react'
import { formatDateTime } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Input, Select } from '../../ui/field.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { ConsolePage, Facts } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { FilterBar } from '../filter-bar.tsx'
import { formatMoment } from '../format.ts'
import { type Names, useNames } from '../names.ts'
import { PersonChooser } from '../people/person-chooser.tsx'
import { queryString } from '../queries.ts'
import { useUrlFilter } from '../url-filter.ts'
import { actorName } from './actor-name.ts'
import { actionText, type AuditEntry, type AuditFilter, auditQuery, changesOf, subjectName } from './audit.ts'

export function AuditPage() {
  const text = useText()
  const names = useNames()
  const [opened, setOpened] = useState<AuditEntry>()
  const { values, change } = useUrlFilter(['actor', 'kind', 'from', 'to'])
  const filter: AuditFilter = {
    actor_id: values.actor || undefined,
    action: values.kind || undefined,
    from: startOfDay(values.from, 0),
    to: startOfDay(values.to, 1),
  }
  const list = useInfiniteQuery(auditQuery(filter))
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = list
  return (
    <ConsolePage
      title={text(consoleTexts.audit)}
      lead={text(auditTexts.lead)}
      actions={
        <Button onClick={() => void downloadFrom(`/admin/audit/export${queryString({ ...filter })}`, 'audit.csv')}>
          <Download aria-hidden className="size-4" />
          {text(consoleTexts.exportCsv)}
        </Button>
      }
    >
      <Filters values={values} change={change} />
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.audit)}
          columns={columnsOf(text, names, setOpened)}
          rows={data?.pages.flat()}
          keyOf={(entry) => entry.id}
          onOpen={setOpened}
          empty={
            Object.values(values).some((value) => value !== '') ? (
              <EmptyState title={text(commonTexts.nothingFound)} hint={text(consoleTexts.nothingFoundHint)} />
            ) : (
              <EmptyState icon={<ScrollText />} title={text(auditTexts.empty)} hint={text(auditTexts.emptyHint)} />
            )
          }
        />
      )}
      {hasNextPage && (
        <Button className="self-center" isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text(consoleTexts.older)}
        </Button>
      )}
      {opened !== undefined && <EntryDialog entry={opened} names={names} onClose={() => setOpened(undefined)} />}
    </ConsolePage>
  )
}

type FilterName = 'actor' | 'kind' | 'from' | 'to'

interface FiltersProps {
  readonly values: Readonly<Record<FilterName, string>>
  readonly change: (changes: Partial<Record<FilterName, string>>) => void
}

function Filters({ values, change }: FiltersProps) {
  const text = useText()
  return (
    <FilterBar>
      <PersonChooser
        aria-label={text(auditTexts.who)}
        value={values.actor}
        none={text(auditTexts.anybody)}
        isChoosable={(person) => person.role === 'admin' || person.id === values.actor}
        onChange={(actor) => change({ actor })}
        className="max-w-56"
      />
      <Select
        aria-label={text(auditTexts.what)}
        value={values.kind}
        onChange={(event) => change({ kind: event.target.value })}
        className="max-w-44"
      >
        <option value="">{text(auditTexts.anything)}</option>
        {Object.entries(auditKinds).map(([kind, label]) => (
          <option key={kind} value={kind}>
            {text(label)}
          </option>
        ))}
      </Select>
      {(['from', 'to'] as const).map((name) => (
        <label key={name} className="flex items-center gap-2 text-sm text-muted max-sm:col-span-2">
          <span className="max-sm:w-10">{text(auditTexts[name])}</span>
          <Input
            type="date"
            value={values[name]}
            onChange={(event) => change({ [name]: event.target.value })}
            className="w-40 max-sm:min-w-0 max-sm:flex-1"
          />
        </label>
      ))}
    </FilterBar>
  )
}

function columnsOf(text: Text, names: Names, open: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    {
      id: 'at',
      header: text(consoleTexts.time),
      cell: (entry) => <span className="tabular-nums sm:whitespace-nowrap">{formatMoment(entry.at)}</span>,
    },
    {
      id: 'who',
      header: text(auditTexts.who),
      hideBelow: 'medium',
      cell: (entry) => <span className="block max-w-56 truncate">{actorName(entry, names, text)}</span>,
    },
    {
      id: 'what',
      header: text(auditTexts.what),
      cell: (entry) => (
        <button
          type="button"
          onClick={() => open(entry)}
          className="text-left font-medium hover:underline max-sm:break-keep"
        >
          {actionText(entry.action, text)}
        </button>
      ),
    },
    {
      id: 'subject',
      header: text(auditTexts.subject),
      cell: (entry) => (
        <span className="line-clamp-2 max-w-72 break-words text-muted">{subjectName(entry, names, text)}</span>
      ),
    },
  ]
}

interface EntryDialogProps {
  readonly entry: AuditEntry
  readonly names: Names
  readonly onClose: () => void
}

function EntryDialog({ entry, names, onClose }: EntryDialogProps) {
  const text = useText()
  const changes = changesOf(entry)
  return (
    <Dialog
      isOpen
      onClose={onClose}
      width="wide"
      title={actionText(entry.action, text)}
      description={formatDateTime(entry.at)}
      actions={
        <Button autoFocus onClick={onClose}>
          {text(commonTexts.close)}
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            [text(auditTexts.who), actorName(entry, names, text)],
            [text(auditTexts.subject), subjectName(entry, names, text)],
            [text(auditTexts.address), entry.ip],
          ]}
        />
        {changes.length === 0 ? (
          <p className="text-muted">{text(auditTexts.noDetail)}</p>
        ) : (
          <Table
            caption={text(auditTexts.entry)}
            rows={changes}
            keyOf={(change) => change.field}
            columns={[
              { id: 'field', header: text(auditTexts.field), cell: (change) => <code>{change.field}</code> },
              {
                id: 'before',
                header: text(auditTexts.before),
                cell: (change) => <code className="text-xs break-all text-muted">{change.before}</code>,
              },
              {
                id: 'after',
                header: text(auditTexts.after),
                cell: (change) => <code className="text-xs break-all">{change.after}</code>,
              },
            ]}
          />
        )}
        {entry.request_id !== null && (
          <div className="flex items-center gap-1 text-sm text-muted">
            {text(auditTexts.requestId)}
            <code className="ml-2 min-w-0 truncate text-xs">{entry.request_id}</code>
            <CopyButton value={entry.request_id} size="small" />
          </div>
        )}
      </div>
    </Dialog>
  )
}

/** The reader's midnight, as the server takes it; undefined of what is no day: anything can stand in an address. */
function startOfDay(day: string, daysLater: number): string | undefined {
  const date = new Date(`${day}T00:00`)
  date.setDate(date.getDate() + daysLater)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
