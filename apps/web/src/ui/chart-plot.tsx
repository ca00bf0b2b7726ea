import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { ChartData } from './chart-data.ts'
import { formatTick } from './chart-time.ts'

export interface ChartPlotProps {
  readonly data: ChartData
  readonly kind: 'bars' | 'lines'
  readonly colors: readonly string[]
  readonly format: (value: number) => string
  /** The bucket under the pointer. */
  readonly onPoint: (index: number | undefined) => void
}

const height = 176
const valueAxisWidth = 58
const tickWidth = 64
/** Half of the last bucket’s name, which stands below the middle of its bar. */
const labelOverhang = 20
const wholeSteps = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat()

/** The drawing itself, hidden from screen readers: they get the table. */
export function ChartPlot(props: ChartPlotProps) {
  const holder = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  latest.current = props
  const { data, kind } = props
  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const plot = new uPlot(optionsOf(latest.current, element.clientWidth), valuesOf(data, kind), element)
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [data, kind])
  return <div ref={holder} aria-hidden className="min-h-44 w-full overflow-hidden" />
}

/** Stacked bars are drawn as sums, the highest first, so that each shows only what it adds. */
function valuesOf({ times, series }: ChartData, kind: 'bars' | 'lines'): uPlot.AlignedData {
  const seconds = times.map((time) => time / 1000)
  if (kind === 'lines') return [seconds, ...series.map(({ values }) => [...values])]
  const sums = series.map((_, last) =>
    times.map((_time, at) => series.slice(0, last + 1).reduce((sum, { values }) => sum + (values[at] ?? 0), 0)),
  )
  return [seconds, ...sums.toReversed()]
}

function optionsOf({ data, kind, colors, format, onPoint }: ChartPlotProps, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const axis = {
    stroke: style.getPropertyValue('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { show: false },
  }
  const ordered = kind === 'bars' ? colors.toReversed() : colors
  const isUtc = data.per !== 'hour'
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: kind === 'lines' }, drag: { x: false, y: false } },
    padding: [8, labelOverhang, 0, 0],
    ...(isUtc && { tzDate: (seconds: number) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC') }),
    scales: {
      x: { range: () => rangeOf(data) },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        splits: (plot) => ticksOf(data, plot.width - valueAxisWidth),
        values: (_plot, ticks) => ticks.map((seconds) => formatTick(seconds * 1000, data.per)),
      },
      {
        ...axis,
        size: valueAxisWidth,
        space: 34,
        ...(data.isWhole === true && { incrs: wholeSteps }),
        values: (_plot, ticks) => ticks.map((value) => format(value)),
      },
    ],
    series: [{}, ...data.series.map((series, index) => seriesOf(series, ordered[index] ?? 'gray', kind))],
    hooks: {
      setCursor: [
        (plot) => {
          onPoint(plot.cursor.idx ?? undefined)
        },
      ],
    },
  }
}

function seriesOf({ label, values }: ChartData['series'][number], color: string, kind: 'bars' | 'lines'): uPlot.Series {
  if (kind === 'lines') {
    // One value alone has no line that shows it.
    const isLone = values.filter((value) => value !== null).length === 1
    return { label, stroke: color, width: 2, points: { size: 5, ...(isLone && { show: true }) }, spanGaps: true }
  }
  const paths = uPlot.paths.bars?.({ size: [0.72, 40], radius: 0.12 })
  return { label, fill: color, width: 0, points: { show: false }, ...(paths !== undefined && { paths }) }
}

/** As many buckets as there is room to name, the last among them. */
function ticksOf({ times }: ChartData, width: number): number[] {
  const every = Math.max(1, Math.ceil((times.length * tickWidth) / Math.max(width, tickWidth)))
  return times.filter((_time, index) => (times.length - 1 - index) % every === 0).map((time) => time / 1000)
}

/** Half a bucket of room at both ends, for the bars there. */
function rangeOf({ times }: ChartData): [number, number] {
  const first = times[0] ?? 0
  const last = times.at(-1) ?? first
  const step = times.length > 1 ? (last - first) / (times.length - 1) : 3_600_000
  return [(first - step * 0.6) / 1000, (last + step * 0.6) / 1000]
}
