import { chartTexts } from '@parley/contract/page-texts/console.ts'
import { ChartColumn, Table2 } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { localeNow, useText } from '../i18n/language.ts'
import { useIsDark } from '../shell/theme.ts'
import type { ChartData, ChartSeries } from './chart-data.ts'
import { formatBucket } from './chart-time.ts'
import { IconButton } from './icon-button.tsx'
import { Skeleton } from './skeleton.tsx'
import { Table } from './table.tsx'

// The plotting library is only loaded by pages that have a chart.
const Plot = lazy(async () => ({ default: (await import('./chart-plot.tsx')).ChartPlot }))

const hues = [176, 255, 70, 320, 130, 40, 290, 210]

/** The colour of a series, the same in legend and plot. */
function colorsOf(series: readonly ChartSeries[], isDark: boolean): string[] {
  const shade = isDark ? '0.74 0.11' : '0.56 0.115'
  return series.map(({ tone }, index) => `oklch(${shade} ${tone === 'danger' ? 27 : hues[index % hues.length]})`)
}

export interface ChartProps {
  readonly title: string
  /** Undefined while it is on its way. */
  readonly data: ChartData | undefined
  /** How values read. */
  readonly format: (value: number) => string
  /** Bars are stacked. */
  readonly kind?: 'bars' | 'lines'
}

/** Values over time: a plot with a legend that tells the values under the pointer, or the same as a table. */
export function Chart({ title, data, format, kind = 'bars' }: ChartProps) {
  const text = useText()
  const isDark = useIsDark()
  const [isTable, setTable] = useState(false)
  const [pointed, setPointed] = useState<number>()
  const isEmpty = data?.series.every((series) => series.values.every((value) => !value)) ?? false
  const colors = colorsOf(data?.series ?? [], isDark)
  return (
    <figure className="flex min-w-0 flex-col gap-2 rounded-xl border bg-surface p-4">
      <div className="flex items-center justify-between gap-2">
        <figcaption className="text-sm font-medium">{title}</figcaption>
        <IconButton
          size="small"
          label={`${text(isTable ? chartTexts.asChart : chartTexts.asTable)}: ${title}`}
          onClick={() => setTable(!isTable)}
        >
          {isTable ? <ChartColumn aria-hidden className="size-4" /> : <Table2 aria-hidden className="size-4" />}
        </IconButton>
      </div>
      {data === undefined ? (
        <Skeleton className="h-52" />
      ) : isEmpty ? (
        <p className="grid h-52 place-items-center text-sm text-muted">{text(chartTexts.noData)}</p>
      ) : isTable ? (
        <ChartTable title={title} data={data} format={format} />
      ) : (
        <>
          <Legend data={data} colors={colors} pointed={pointed} format={format} />
          <Suspense fallback={<Skeleton className="h-44" />}>
            <Plot
              // A canvas is drawn once, in one theme and one language.
              key={`${isDark} ${localeNow()}`}
              data={data}
              kind={kind}
              colors={colors}
              format={format}
              onPoint={setPointed}
            />
          </Suspense>
        </>
      )}
    </figure>
  )
}

interface LegendProps {
  readonly data: ChartData
  readonly colors: readonly string[]
  readonly pointed: number | undefined
  readonly format: (value: number) => string
}

function Legend({ data, colors, pointed, format }: LegendProps): ReactNode {
  const time = pointed === undefined ? undefined : data.times[pointed]
  return (
    <div className="flex min-h-10 flex-wrap content-start gap-x-4 gap-y-0.5 text-xs text-muted">
      {data.series.map((series, index) => (
        <span key={series.label} className="flex items-center gap-1.5">
          <span aria-hidden className="size-2.5 rounded-sm" style={{ background: colors[index] }} />
          {series.label}
          {pointed !== undefined && (
            <span className="font-medium text-text tabular-nums">{format(series.values[pointed] ?? 0)}</span>
          )}
        </span>
      ))}
      {time !== undefined && <span className="ml-auto tabular-nums">{formatBucket(time, data.per)}</span>}
    </div>
  )
}

function ChartTable({ title, data, format }: Pick<LegendProps, 'data' | 'format'> & { readonly title: string }) {
  const text = useText()
  const rows = data.times.map((time, index) => ({ time, index })).filter(({ index }) => hasValue(data, index))
  return (
    <div className="max-h-72 overflow-y-auto">
      <Table
        caption={title}
        isPlain
        rows={rows}
        keyOf={({ time }) => String(time)}
        columns={[
          {
            id: 'time',
            header: text(chartTexts.time),
            className: 'whitespace-nowrap',
            cell: ({ time }) => formatBucket(time, data.per),
          },
          ...data.series.map((series) => ({
            id: series.label,
            header: series.label,
            isNumber: true,
            cell: ({ index }: { index: number }) => {
              const value = series.values[index] ?? null
              return value === null ? '–' : format(value)
            },
          })),
        ]}
      />
    </div>
  )
}

function hasValue(data: ChartData, index: number): boolean {
  return data.series.some((series) => Boolean(series.values[index]))
}
