import { endReasonTexts, usageTexts } from '@parley/contract/page-texts/console-usage.ts'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, SkipForward } from 'lucide-react'
import type { ReactNode } from 'react'
import { ApiError, errorText } from '../../api/client.ts'
import { formatDuration } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Skeleton } from '../../ui/skeleton.tsx'
import type { CallTrace } from '../api-types.ts'
import type { Names } from '../names.ts'
import { traceQuery } from '../queries.ts'
import { reasonText } from '../../i18n/reason-text.ts'

export interface DecisionProps {
  readonly requestId: string
  readonly names: Names
}

/** Who could have served a call, who was tried in which order, and what came of each attempt. */
export function Decision({ requestId, names }: DecisionProps) {
  const text = useText()
  const { data, error } = useQuery(traceQuery(requestId))
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-sm">{text(usageTexts.decision)}</h3>
      {data === undefined ? (
        error === null ? (
          <Skeleton className="h-20" />
        ) : (
          <p className="text-sm text-muted">
            {error instanceof ApiError && error.status === 404 ? text(usageTexts.decisionGone) : errorText(error)}
          </p>
        )
      ) : (
        <>
          <Candidates trace={data} names={names} />
          <Steps trace={data} names={names} />
        </>
      )}
    </section>
  )
}

interface TraceProps {
  readonly trace: CallTrace
  readonly names: Names
}

function Candidates({ trace, names }: TraceProps) {
  const text = useText()
  const ready = trace.order.length > 0 ? trace.order : trace.candidates.filter(({ out }) => out === null).map(idOf)
  const out = trace.candidates.filter((candidate) => candidate.out !== null)
  return (
    <dl className="flex flex-col gap-1.5 text-sm">
      <div className="flex flex-wrap items-center gap-1.5">
        <dt className="text-muted">{text(usageTexts.couldServe)}</dt>
        {ready.map((id) => (
          <dd key={id}>
            <Badge tone="accent">
              {names.account(id)}
              {id === trace.affinity_account_id && ` · ${text(usageTexts.kept)}`}
            </Badge>
          </dd>
        ))}
      </div>
      {out.length > 0 && (
        <div className="flex flex-wrap items-center gap-1.5">
          <dt className="text-muted">{text(usageTexts.couldNot)}</dt>
          {out.map((candidate) => (
            <dd key={candidate.account_id}>
              <Badge>{`${names.account(candidate.account_id)}: ${reasonText(candidate.out ?? '')}`}</Badge>
            </dd>
          ))}
        </div>
      )}
    </dl>
  )
}

function idOf({ account_id: id }: { readonly account_id: string }): string {
  return id
}

interface Step {
  readonly atMs: number
  readonly icon: ReactNode
  readonly title: string
  readonly detail: string
}

/** Attempts and those passed over, in the order in which they happened. */
function Steps({ trace, names }: TraceProps) {
  const text = useText()
  const attempts = trace.attempts.map((attempt, index): Step => {
    const reason = endReasonTexts[attempt.end_reason]
    const parts = [
      reason === undefined ? attempt.end_reason : text(reason),
      attempt.upstream_status === null ? null : `HTTP ${attempt.upstream_status}`,
      formatDuration(attempt.duration_ms),
      attempt.error && reasonText(attempt.error),
    ]
    return {
      atMs: attempt.at_ms,
      icon:
        attempt.end_reason === 'done' ? (
          <CircleCheck aria-hidden className="size-4 text-success" />
        ) : (
          <CircleX aria-hidden className="size-4 text-danger" />
        ),
      title: text(usageTexts.attemptLine, { number: index + 1, account: names.account(attempt.account_id) }),
      detail: parts.filter((part) => part !== null).join(' · '),
    }
  })
  const passed = trace.passed_over.map(
    ({ account_id: id, reason, at_ms: atMs }): Step => ({
      atMs,
      icon: <SkipForward aria-hidden className="size-4 text-warning" />,
      title: text(usageTexts.passedOver, { account: names.account(id) }),
      detail: reasonText(reason),
    }),
  )
  const steps = [...attempts, ...passed].toSorted((one, other) => one.atMs - other.atMs)
  return (
    <ol className="flex flex-col gap-1 text-sm">
      {steps.map((step) => (
        <li key={step.title + step.atMs} className="flex items-start gap-2">
          <span className="mt-0.5">{step.icon}</span>
          <span className="min-w-0 flex-1">
            {step.title} <span className="text-muted">{step.detail}</span>
          </span>
          <span className="text-muted tabular-nums">+{formatDuration(step.atMs)}</span>
        </li>
      ))}
    </ol>
  )
}
