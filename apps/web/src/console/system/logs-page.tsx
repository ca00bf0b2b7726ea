import { logTexts } from '@parley/contract/page-texts/console-operations.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { Eraser, Pause, Play } from 'lucide-react'
import { memo, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import { formatNumber } from '../../i18n/format.ts'
import { localeNow, type Message, useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { classes } from '../../ui/classes.ts'
import { Select } from '../../ui/field.tsx'
import { ConsolePage } from '../console-page.tsx'
import { SearchInput } from '../search-input.tsx'
import { useUrlFilter } from '../url-filter.ts'
import { type LiveLog, type LogEntry, type LogLevel, logLevels, useLiveLog } from './live-log.ts'

const levelTexts: Readonly<Record<string, Message>> = {
  trace: logTexts.trace,
  debug: logTexts.debug,
  info: logTexts.info,
  warn: logTexts.warn,
  error: logTexts.error,
  fatal: logTexts.fatal,
}

export function LogsPage() {
  const text = useText()
  const { values, change } = useUrlFilter(['level', 'q'])
  const level: LogLevel = logLevels.find((each) => each === values.level) ?? 'info'
  const [isPaused, setPaused] = useState(false)
  const log = useLiveLog({ level, words: values.q, isPaused })
  const quietest = logLevels.findIndex((each) => each === log.serverLevel)
  return (
    <ConsolePage
      title={text(consoleTexts.logs)}
      lead={text(logTexts.lead)}
      actions={
        <>
          <Button onClick={log.clear}>
            <Eraser aria-hidden className="size-4" />
            {text(logTexts.clear)}
          </Button>
          <Button variant="primary" onClick={() => setPaused(!isPaused)}>
            {isPaused ? <Play aria-hidden className="size-4" /> : <Pause aria-hidden className="size-4" />}
            {text(isPaused ? logTexts.goOn : logTexts.pause)}
          </Button>
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-2">
        <Select
          aria-label={text(logTexts.level)}
          value={level}
          onChange={(event) => change({ level: event.target.value })}
          className="max-w-60"
        >
          {logLevels.map((each) => (
            <option key={each} value={each}>
              {text(logTexts.andWorse, { level: levelTexts[each] ?? each })}
            </option>
          ))}
        </Select>
        <SearchInput label={text(logTexts.search)} value={values.q} onChange={(q) => change({ q })} />
        <span className="flex-1" />
        <LogState log={log} isPaused={isPaused} />
      </div>
      {quietest > logLevels.indexOf(level) && (
        <p className="text-sm text-muted">
          {text(logTexts.quieter, { level: levelTexts[log.serverLevel ?? ''] ?? log.serverLevel ?? '' })}
        </p>
      )}
      <Lines entries={log.entries} />
    </ConsolePage>
  )
}

function LogState({ log, isPaused }: { readonly log: LiveLog; readonly isPaused: boolean }) {
  const text = useText()
  if (isPaused) {
    return (
      <span role="status" className="flex items-center gap-2 text-sm text-muted">
        {log.held > 0 && text(logTexts.waiting, { count: formatNumber(log.held) })}
        <Badge tone="warning">{text(logTexts.paused)}</Badge>
      </span>
    )
  }
  return (
    <Badge tone={log.isConnected ? 'success' : 'warning'}>
      <span aria-hidden className="size-1.5 rounded-full bg-current" />
      {text(log.isConnected ? logTexts.live : logTexts.connecting)}
    </Badge>
  )
}

const nearEnd = 40

/** Stays at the end as long as the reader does. */
function Lines({ entries }: { readonly entries: readonly LogEntry[] }) {
  const text = useText()
  const box = useRef<HTMLDivElement>(null)
  const isAtEnd = useRef(true)
  useLayoutEffect(() => {
    if (box.current !== null && isAtEnd.current) box.current.scrollTop = box.current.scrollHeight
  }, [entries])
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={text(logTexts.lines)}
      // Focusable: it is scrolled with the keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < nearEnd
      }}
      className="h-[max(20rem,calc(100dvh-15rem))] overflow-y-auto rounded-xl border bg-sunken py-2 font-mono text-xs leading-5"
    >
      {entries.length === 0 && <p className="px-4 py-2 font-sans text-sm text-muted">{text(logTexts.empty)}</p>}
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </div>
  )
}

const tones: Readonly<Record<string, string>> = {
  warn: 'text-warning',
  error: 'text-danger',
  fatal: 'text-danger font-semibold',
  debug: 'text-muted',
  trace: 'text-muted',
}

const Entry = memo(function Entry({ entry }: { readonly entry: LogEntry }): ReactNode {
  const text = useText()
  if ('lost' in entry) {
    return (
      <p className="my-1 bg-warning-soft px-4 py-0.5 font-sans text-warning">
        {text(logTexts.lost, { count: formatNumber(entry.lost) })}
      </p>
    )
  }
  const level = levelTexts[entry.level]
  return (
    <p className="flex gap-x-3 px-4 hover:bg-hover max-sm:flex-wrap">
      <time dateTime={entry.time} className="shrink-0 text-muted tabular-nums">
        {timeOf(entry.time)}
      </time>
      <span className={classes('w-16 shrink-0', tones[entry.level])}>
        {level === undefined ? entry.level : text(level)}
      </span>
      <span className="min-w-0 flex-1 break-words max-sm:basis-full">
        <span className={tones[entry.level]}>{entry.message}</span>{' '}
        <span className="break-all text-muted">{entry.rest}</span>
      </span>
    </p>
  )
})

function timeOf(time: string): string {
  if (time === '') return ''
  return new Intl.DateTimeFormat(localeNow(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  }).format(new Date(time))
}
