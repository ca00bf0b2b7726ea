import { ArrowDown, ArrowUp, ChevronRight } from 'lucide-react'
import type { MouseEvent, ReactNode } from 'react'
import { classes } from './classes.ts'
import { Skeleton } from './skeleton.tsx'

export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers stand at the right, with figures of one width. */
  readonly isNumber?: boolean
  /** Holds a menu or button: narrow, its header for screen readers only. */
  readonly isAction?: boolean
  /** Left out where there is little room: on phones, or up to large screens too. */
  readonly hideBelow?: 'medium' | 'large'
  /** Its header sorts the rows by it. */
  readonly sort?: ColumnSort
  readonly className?: string
}

export interface ColumnSort {
  /** Undefined: they are sorted by something else. */
  readonly direction: 'asc' | 'desc' | undefined
  readonly onToggle: () => void
}

export interface TableProps<Row> {
  /** What the table shows, for screen readers. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  /** Undefined while they are on their way. */
  readonly rows: readonly Row[] | undefined
  readonly keyOf: (row: Row) => string
  /** Shown in place of the table when there is no row. */
  readonly empty?: ReactNode
  /** Makes the whole row clickable; its first cell should hold a link or button that does the same by keyboard. */
  readonly onOpen?: (row: Row) => void
  readonly isDimmed?: (row: Row) => boolean
  /** Within a card that has a border of its own. */
  readonly isPlain?: boolean
}

const hidden = { medium: 'max-md:hidden', large: 'max-xl:hidden' }

export function Table<Row>({
  caption,
  columns,
  rows,
  keyOf,
  empty,
  onOpen,
  isDimmed,
  isPlain = false,
}: TableProps<Row>) {
  if (rows?.length === 0 && empty !== undefined) return <div className="rounded-xl border bg-surface">{empty}</div>
  return (
    // Scrolls sideways, so it must be reachable by keyboard.
    <section
      aria-label={caption}
      tabIndex={0}
      className={classes('overflow-x-auto focus-visible:-outline-offset-2', !isPlain && 'rounded-xl border bg-surface')}
    >
      <table aria-busy={rows === undefined} className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b text-left text-xs text-muted">
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                {...(column.sort?.direction === undefined ? {} : { 'aria-sort': ariaSorts[column.sort.direction] })}
                className={classes('h-9 font-medium', cellClasses(column))}
              >
                <Header column={column} />
              </th>
            ))}
            {onOpen !== undefined && <td className="w-8 max-md:hidden" />}
          </tr>
        </thead>
        <tbody>
          {rows === undefined
            ? placeholders.map((width) => <PlaceholderRow key={width} columns={columns} width={width} />)
            : rows.map((row) => (
                <tr
                  key={keyOf(row)}
                  {...(onOpen === undefined ? {} : { onClick: (event) => openUnlessControl(event, () => onOpen(row)) })}
                  className={classes(
                    'border-b last:border-b-0',
                    onOpen !== undefined && 'cursor-pointer transition-colors duration-100 hover:bg-hover/60',
                    isDimmed?.(row) === true && 'text-muted',
                  )}
                >
                  {columns.map((column) => (
                    <td
                      key={column.id}
                      className={classes(
                        'h-12 py-2',
                        column.isNumber === true && 'whitespace-nowrap',
                        cellClasses(column),
                      )}
                    >
                      {column.cell(row)}
                    </td>
                  ))}
                  {onOpen !== undefined && (
                    <td className="w-8 pr-3 text-muted max-md:hidden">
                      <ChevronRight aria-hidden className="size-4" />
                    </td>
                  )}
                </tr>
              ))}
        </tbody>
      </table>
    </section>
  )
}

const ariaSorts = { asc: 'ascending', desc: 'descending' } as const

function Header<Row>({ column: { header, isAction, sort } }: { readonly column: Column<Row> }) {
  if (isAction === true) return <span className="sr-only">{header}</span>
  if (sort === undefined) return header
  const Arrow = sort.direction === 'asc' ? ArrowUp : ArrowDown
  return (
    <button
      type="button"
      onClick={sort.onToggle}
      className="group -mx-1.5 inline-flex h-7 items-center gap-1 rounded-md px-1.5 font-medium hover:bg-hover hover:text-text coarse:h-11"
    >
      {header}
      <Arrow
        aria-hidden
        className={classes('size-3.5', sort.direction === undefined && 'opacity-0 group-hover:opacity-60')}
      />
    </button>
  )
}

const placeholders = ['w-24', 'w-32', 'w-20', 'w-28']

function PlaceholderRow<Row>({ columns, width }: { readonly columns: readonly Column<Row>[]; readonly width: string }) {
  return (
    <tr className="border-b last:border-b-0">
      {columns.map((column) => (
        <td key={column.id} className={classes('h-12', cellClasses(column))}>
          <Skeleton className={classes('h-3.5 max-w-full', column.isNumber === true ? 'ml-auto w-12' : width)} />
        </td>
      ))}
    </tr>
  )
}

function cellClasses<Row>({ isNumber = false, isAction = false, hideBelow, className }: Column<Row>): string {
  return classes(
    'px-2 first:pl-3 last:pr-3 sm:px-3 sm:first:pl-4 sm:last:pr-4',
    isNumber && 'text-right tabular-nums',
    isAction && 'w-12 text-right',
    hideBelow !== undefined && hidden[hideBelow],
    className,
  )
}

/** Controls in a row do their own thing, its dialogs are only in React's tree, and a selected text is to be copied. */
function openUnlessControl({ target, currentTarget }: MouseEvent<HTMLElement>, open: () => void): void {
  const isInRow = target instanceof Element && currentTarget.contains(target)
  if (isInRow && target.closest('a, button, input, select') === null && getSelection()?.isCollapsed !== false) open()
}
