import { systemTexts } from '@parley/contract/page-texts/console-system.ts'
import { consoleTexts } from '@parley/contract/page-texts/console.ts'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import { formatDuration, formatNumber } from '../../i18n/format.ts'
import { type Message, useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { classes } from '../../ui/classes.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Stat, Stats } from '../../ui/stat.tsx'
import { Table } from '../../ui/table.tsx'
import type { Health } from '../api-types.ts'
import { ConsolePage, Section } from '../console-page.tsx'
import { healthQuery } from '../queries.ts'
import { MachineSections } from './machine.tsx'

const looks = {
  ok: [systemTexts.healthOk, 'bg-success-soft text-success', CircleCheck],
  degraded: [systemTexts.healthDegraded, 'bg-warning-soft text-warning', TriangleAlert],
  unavailable: [systemTexts.healthUnavailable, 'bg-danger-soft text-danger', CircleX],
  unreachable: [systemTexts.healthUnreachable, 'bg-danger-soft text-danger', CircleX],
} as const

const partNames: Readonly<Record<string, Message>> = {
  database: systemTexts.partDatabase,
  state: systemTexts.partState,
}

export function HealthPage() {
  const text = useText()
  const { data, isError } = useQuery(healthQuery)
  return (
    <ConsolePage title={text(consoleTexts.health)} lead={text(systemTexts.healthLead)} width="narrow">
      {data === undefined && !isError ? (
        <Skeleton className="h-16" />
      ) : (
        <Verdict status={isError || data === undefined ? 'unreachable' : data.status} />
      )}
      {data !== undefined && !isError && <Parts health={data} />}
      {!isError && <MachineSections />}
    </ConsolePage>
  )
}

function Verdict({ status }: { readonly status: keyof typeof looks }) {
  const text = useText()
  const [label, tone, Icon] = looks[status]
  return (
    <p role="status" className={classes('flex items-center gap-3 rounded-xl p-4 text-lg font-medium', tone)}>
      <Icon aria-hidden className="size-6 shrink-0" />
      {text(label)}
    </p>
  )
}

function Parts({ health }: { readonly health: Health }) {
  const text = useText()
  return (
    <>
      <Stats columns={2}>
        <Stat label={text(systemTexts.version)} value={health.version} />
        <Stat label={text(systemTexts.uptime)} value={uptimeText(health.uptime_seconds)} />
      </Stats>
      <Section title={text(systemTexts.parts)}>
        <Table
          caption={text(systemTexts.parts)}
          rows={Object.entries(health.parts)}
          keyOf={([name]) => name}
          columns={[
            {
              id: 'part',
              header: text(systemTexts.parts),
              cell: ([name]) => {
                const label = partNames[name]
                return label === undefined ? name : text(label)
              },
            },
            {
              id: 'state',
              header: text(consoleTexts.state),
              cell: ([, part]) => (
                <span className="flex items-center gap-2">
                  <Badge tone={part.status === 'ok' ? 'success' : 'danger'}>
                    {text(part.status === 'ok' ? systemTexts.partOk : systemTexts.partFailed)}
                  </Badge>
                  <span className="text-muted">{part.reason}</span>
                </span>
              ),
            },
          ]}
        />
      </Section>
    </>
  )
}

function uptimeText(seconds: number): string {
  if (seconds < 3600) return formatDuration(seconds * 1000)
  const unit = seconds < 86_400 ? (['hour', 3600] as const) : (['day', 86_400] as const)
  return formatNumber(seconds / unit[1], {
    style: 'unit',
    unit: unit[0],
    unitDisplay: 'long',
    maximumFractionDigits: 1,
  })
}
