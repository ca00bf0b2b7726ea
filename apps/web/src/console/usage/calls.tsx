import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { ReceiptText } from 'lucide-react'
import { useState } from 'react'
import { formatAgo, formatCompact, formatCost, formatDuration } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { UsageRecord } from '../api-types.ts'
import { formatMoment } from '../format.ts'
import { doorName } from '../keys/door-names.ts'
import { type Names, useNames } from '../names.ts'
import { CallDialog } from './call-dialog.tsx'
import { OutcomeBadge } from './outcome-badge.tsx'
import { type RecordFilter, type RecordScope, recordsQuery } from './records-query.ts'

/** Calls of the ledger, as many as are asked for. */
export function Calls({ filter, scope = 'all' }: { readonly filter: RecordFilter; readonly scope?: RecordScope }) {
  const text = useText()
  const names = useNames(scope === 'all')
  const [opened, setOpened] = useState<UsageRecord>()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(
    recordsQuery(filter, scope),
  )
  if (error !== null && data === undefined) return <ErrorState error={error} onRetry={() => void refetch()} />
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return (
    <>
      <Table
        caption={text(consoleTexts.records)}
        columns={columnsOf(text, names, setOpened).filter(({ id }) => scope === 'all' || id !== 'caller')}
        rows={data?.pages.flat()}
        keyOf={(record) => `${record.request_id}`}
        onOpen={setOpened}
        empty={
          isFiltered ? (
            <EmptyState title={text(usageTexts.noSuchCalls)} hint={text(consoleTexts.nothingFoundHint)} />
          ) : (
            <EmptyState
              icon={<ReceiptText />}
              title={text(usageTexts.recordsEmpty)}
              hint={text(usageTexts.recordsEmptyHint)}
            />
          )
        }
      />
      {hasNextPage && (
        <Button className="self-center" isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text(usageTexts.olderCalls)}
        </Button>
      )}
      {opened !== undefined && (
        <CallDialog record={opened} names={names} scope={scope} onClose={() => setOpened(undefined)} />
      )}
    </>
  )
}

function columnsOf(text: Text, names: Names, open: (record: UsageRecord) => void): Column<UsageRecord>[] {
  return [
    {
      id: 'at',
      header: text(consoleTexts.time),
      cell: (record) => (
        <button
          type="button"
          title={formatAgo(record.at)}
          onClick={() => open(record)}
          className="text-left tabular-nums hover:underline sm:whitespace-nowrap"
        >
          {formatMoment(record.at)}
        </button>
      ),
    },
    {
      id: 'model',
      header: text(commonTexts.model),
      cell: (record) => (
        <>
          <span className="block max-w-52 truncate font-medium">{record.model}</span>
          <span className="block max-w-52 truncate text-xs text-muted">{subtitleOf(record, names, text)}</span>
        </>
      ),
    },
    {
      id: 'caller',
      header: text(usageTexts.caller),
      hideBelow: 'medium',
      cell: (record) => (
        <>
          <span className="block max-w-40 truncate">
            {record.user_id === null ? '–' : names.person(record.user_id)}
          </span>
          <span className="block max-w-40 truncate text-xs text-muted">
            {record.key_id === null ? text(usageTexts.doorChat) : names.key(record.key_id)}
          </span>
        </>
      ),
    },
    { id: 'outcome', header: text(usageTexts.outcome), cell: (record) => <OutcomeBadge record={record} /> },
    {
      id: 'tokens',
      header: text(usageTexts.inputOutput),
      isNumber: true,
      hideBelow: 'medium',
      cell: (record) => `${formatCompact(inputOf(record))} · ${formatCompact(record.output_tokens)}`,
    },
    {
      id: 'cost',
      header: text(consoleTexts.cost),
      isNumber: true,
      hideBelow: 'medium',
      cell: (record) => formatCost(record.cost_usd),
    },
    {
      id: 'duration',
      header: text(usageTexts.duration),
      isNumber: true,
      hideBelow: 'large',
      cell: (record) => (record.duration_ms === null ? '–' : formatDuration(record.duration_ms)),
    },
  ]
}

/** Who answered; of one's own calls, how it came: who answered is the operator's business. */
function subtitleOf(record: UsageRecord, names: Names, text: Text): string {
  if (record.account_id !== null) return names.account(record.account_id)
  return record.key_id === null && record.wire === 'chat' ? text(usageTexts.doorChat) : doorName(record.wire)
}

/** All that was read, from a cache or not. */
function inputOf(record: UsageRecord): number {
  return record.input_tokens + record.cache_read_tokens + record.cache_write_tokens
}
