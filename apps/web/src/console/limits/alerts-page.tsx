import { limitTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useInfiniteQuery } from '@tanstack/react-query'
import { BellRing } from 'lucide-react'
import { formatCost, formatNumber, formatPercent } from '../../i18n/format.ts'
import { type Text, useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import type { Alert } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { formatMoment } from '../format.ts'
import { limitText } from '../keys/limit-texts.ts'
import { type Names, useNames } from '../names.ts'
import { alertsQuery } from '../queries.ts'
import { nameOfSubject, subjectKindTexts } from './subjects.ts'

export function AlertsPage() {
  const text = useText()
  const names = useNames()
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(alertsQuery)
  return (
    <ConsolePage title={text(consoleTexts.alerts)} lead={text(limitTexts.alertsLead)}>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Table
          caption={text(consoleTexts.alerts)}
          columns={columnsOf(text, names)}
          rows={data?.pages.flat()}
          keyOf={(alert) => alert.id}
          empty={
            <EmptyState
              icon={<BellRing />}
              title={text(limitTexts.alertsEmpty)}
              hint={text(limitTexts.alertsEmptyHint)}
            />
          }
        />
      )}
      {hasNextPage && (
        <Button className="self-center" isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {text(consoleTexts.older)}
        </Button>
      )}
    </ConsolePage>
  )
}

function columnsOf(text: Text, names: Names): Column<Alert>[] {
  const amount = (alert: Alert, value: number) => (alert.what === 'cost' ? formatCost(value) : formatNumber(value))
  return [
    {
      id: 'at',
      header: text(consoleTexts.time),
      cell: (alert) => <span className="whitespace-nowrap tabular-nums">{formatMoment(alert.at)}</span>,
    },
    {
      id: 'reached',
      header: text(limitTexts.reached),
      cell: (alert) => (
        <Badge tone={alert.percent >= 100 ? 'danger' : alert.percent >= 80 ? 'warning' : 'info'}>
          {formatPercent(alert.percent / 100)}
        </Badge>
      ),
    },
    {
      id: 'subject',
      header: text(limitTexts.subject),
      cell: (alert) => {
        const kind = subjectKindTexts[alert.subject_kind]
        return (
          <>
            <span className="block max-w-56 truncate font-medium">
              {nameOfSubject(names, alert.subject_kind, alert.subject_id)}
            </span>
            <span className="block text-xs text-muted">{kind === undefined ? alert.subject_kind : text(kind)}</span>
          </>
        )
      },
    },
    { id: 'limit', header: text(limitTexts.limit), hideBelow: 'medium', cell: (alert) => limitOf(alert, text) },
    {
      id: 'used',
      header: text(limitTexts.usedOf),
      isNumber: true,
      cell: (alert) => text(limitTexts.usedOfText, { used: amount(alert, alert.used), max: amount(alert, alert.max) }),
    },
  ]
}

function limitOf({ what, ...limit }: Alert, text: Text): string {
  return what === 'quota' ? text(limitTexts.tokenQuota) : limitText({ what, ...limit }, text)
}
