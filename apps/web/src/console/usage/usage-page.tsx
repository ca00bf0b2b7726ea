import { usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { ChartNoAxesColumn, Download } from 'lucide-react'
import { formatCompact, formatCost, formatDuration, formatNumber } from '../../i18n/format.ts'
import { type Message, type Text, useText } from '../../i18n/language.ts'
import { Button } from '../../ui/button.tsx'
import { Chart } from '../../ui/chart.tsx'
import { Segments } from '../../ui/choice.tsx'
import { EmptyState } from '../../ui/empty-state.tsx'
import { ErrorState } from '../../ui/error-state.tsx'
import { Select } from '../../ui/field.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { type UsageDimension, usageDimensions, type UsageRow, type UsageSums } from '../api-types.ts'
import { ConsolePage } from '../console-page.tsx'
import { downloadFrom } from '../download.ts'
import { doorName } from '../keys/door-names.ts'
import { useNames } from '../names.ts'
import { queryString, usageQuery } from '../queries.ts'
import { useUrlFilter } from '../url-filter.ts'
import { rangeTexts } from './range-texts.ts'
import { UsageCharts } from './usage-charts.tsx'
import { type Range, ranges, type Span, spanOf, subjectChartOf, sumsBySubject, sumsOf } from './usage-series.ts'
import { UsageStats } from './usage-stats.tsx'

const dimensionTexts: Record<UsageDimension, Message> = {
  all: usageTexts.byAll,
  key: usageTexts.byKey,
  user: usageTexts.byUser,
  group: usageTexts.byGroup,
  account: usageTexts.byAccount,
  model: usageTexts.byModel,
  wire: usageTexts.byWire,
}

const measures = {
  tokens: { label: consoleTexts.tokens, pick: (sums: UsageSums) => sums.tokens, format: formatCompact },
  requests: { label: consoleTexts.requests, pick: (sums: UsageSums) => sums.requests, format: formatCompact },
  cost: { label: consoleTexts.cost, pick: (sums: UsageSums) => sums.cost_usd, format: formatCost },
  errors: { label: consoleTexts.errors, pick: (sums: UsageSums) => sums.errors, format: formatCompact },
} as const
type Measure = keyof typeof measures
const measureNames = Object.keys(measures) as Measure[]

export function UsagePage() {
  const text = useText()
  const { values, change } = useUrlFilter(['range', 'by', 'measure'])
  const range: Range = ranges.find((each) => each === values.range) ?? '7d'
  const by: UsageDimension = usageDimensions.find((each) => each === values.by) ?? 'model'
  const measure: Measure = measureNames.find((each) => each === values.measure) ?? 'tokens'
  const span = spanOf(range, Date.now())
  const query = { by, per: span.per, from: new Date(span.times[0] ?? 0).toISOString() }
  const { data, error, refetch } = useQuery(usageQuery(query))
  return (
    <ConsolePage
      title={text(consoleTexts.usage)}
      lead={text(usageTexts.usageLead)}
      actions={
        <Button onClick={() => void downloadFrom(`/admin/usage/export${queryString(query)}`, 'usage.csv')}>
          <Download aria-hidden className="size-4" />
          {text(consoleTexts.exportCsv)}
        </Button>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <Segments
          label={text(usageTexts.range)}
          value={range}
          onChange={(next) => change({ range: next })}
          choices={ranges.map((value) => ({ value, label: text(rangeTexts[value]) }))}
        />
        <Select
          aria-label={text(usageTexts.by)}
          value={by}
          onChange={(event) => change({ by: event.target.value })}
          className="max-w-44"
        >
          {usageDimensions.map((dimension) => (
            <option key={dimension} value={dimension}>
              {text(usageTexts.byText, { dimension: dimensionTexts[dimension] })}
            </option>
          ))}
        </Select>
        {by !== 'all' && (
          <Segments
            label={text(usageTexts.measure)}
            value={measure}
            onChange={(next) => change({ measure: next })}
            choices={measureNames.map((value) => ({ value, label: text(measures[value].label) }))}
          />
        )}
      </div>
      {error !== null && data === undefined ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : by === 'all' ? (
        <>
          <UsageStats sums={data && sumsOf(data)} />
          <UsageCharts rows={data} span={span} />
        </>
      ) : (
        <BySubject rows={data} span={span} by={by} measure={measure} />
      )}
    </ConsolePage>
  )
}

interface BySubjectProps {
  readonly rows: readonly UsageRow[] | undefined
  readonly span: Span
  readonly by: UsageDimension
  readonly measure: Measure
}

/** One measure, shared out among keys, users or whatever was asked for. */
function BySubject({ rows, span, by, measure }: BySubjectProps) {
  const text = useText()
  const nameOf = useSubjectNames(by, text)
  const { label, pick, format } = measures[measure]
  if (rows?.length === 0) {
    return (
      <div className="rounded-xl border bg-surface">
        <EmptyState icon={<ChartNoAxesColumn />} title={text(usageTexts.noUsage)} hint={text(usageTexts.noUsageHint)} />
      </div>
    )
  }
  const chart = rows && subjectChartOf(rows, span, { pick, nameOf, others: text(usageTexts.others) })
  return (
    <>
      <Chart title={text(label)} format={format} data={chart && { ...chart, isWhole: measure !== 'cost' }} />
      <Table
        caption={text(consoleTexts.usage)}
        columns={columnsOf(text, nameOf)}
        rows={rows && sumsBySubject(rows).toSorted(([, one], [, other]) => pick(other) - pick(one))}
        keyOf={([subject]) => subject}
      />
      {by === 'group' && <p className="text-sm text-muted">{text(usageTexts.groupHint)}</p>}
    </>
  )
}

function useSubjectNames(by: UsageDimension, text: Text): (subject: string) => string {
  const names = useNames()
  const nameOf = { key: names.key, user: names.person, group: names.group, account: names.account, wire: doorName }
  return (subject) => {
    if (subject === '' && by === 'group') return text(usageTexts.noGroup)
    if (subject === '' || (by === 'wire' && subject === 'chat')) return text(usageTexts.chatCalls)
    return by === 'all' || by === 'model' ? subject : nameOf[by](subject)
  }
}

function columnsOf(text: Text, nameOf: (subject: string) => string): Column<[string, UsageSums]>[] {
  const number = (id: string, header: Message, cell: (sums: UsageSums) => string, isMinor = true) => ({
    id,
    header: text(header),
    isNumber: true,
    cell: ([, sums]: [string, UsageSums]) => cell(sums),
    ...(isMinor && { hideBelow: 'medium' as const }),
  })
  return [
    {
      id: 'subject',
      header: text(usageTexts.subject),
      cell: ([subject]) => <span className="block max-w-64 truncate font-medium">{nameOf(subject)}</span>,
    },
    number('requests', consoleTexts.requests, (sums) => formatNumber(sums.requests), false),
    number('errors', consoleTexts.errors, (sums) => formatNumber(sums.errors)),
    number('input', usageTexts.inputTokens, (sums) => formatCompact(sums.input_tokens)),
    number('output', usageTexts.outputTokens, (sums) => formatCompact(sums.output_tokens)),
    number('cached', usageTexts.cacheReadTokens, (sums) => formatCompact(sums.cache_read_tokens)),
    number('cost', consoleTexts.cost, (sums) => formatCost(sums.cost_usd), false),
    number('charged', usageTexts.charged, (sums) => formatCost(sums.charged_usd)),
    number('duration', usageTexts.averageDuration, (sums) =>
      sums.average_duration_ms === null ? '–' : formatDuration(sums.average_duration_ms),
    ),
  ]
}
