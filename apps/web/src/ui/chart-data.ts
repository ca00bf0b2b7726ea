export type Bucket = 'hour' | 'day' | 'month'

export interface ChartSeries {
  readonly label: string
  /** What went wrong has the colour of it. */
  readonly tone?: 'danger'
  /** One for each time; null: nothing is known of it. */
  readonly values: readonly (number | null)[]
}

export interface ChartData {
  readonly per: Bucket
  /** When each bucket begins, milliseconds since 1970, oldest first. */
  readonly times: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Counts: the axis has no fractions. */
  readonly isWhole?: boolean
}
