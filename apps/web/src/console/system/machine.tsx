import { machineTexts } from '@parley/contract/page-texts/console-operations.ts'
import { systemTexts } from '@parley/contract/page-texts/console-system.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { formatAgo, formatBytes, formatDateTime, formatDuration, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { Badge } from '../../ui/badge.tsx'
import { Table } from '../../ui/table.tsx'
import { Facts, Section } from '../console-page.tsx'

interface Machine {
  readonly node_version: string
  readonly platform: string
  readonly pid: number
  readonly started_at: string
  readonly memory: { readonly rss_bytes: number; readonly heap_used_bytes: number; readonly heap_total_bytes: number }
  readonly cpu_seconds: number
  readonly http: { readonly connections: number }
  readonly database: {
    readonly kind: string
    readonly version: string
    readonly bytes: number
    readonly connections: number | null
  }
  readonly state: { readonly kind: 'memory' | 'redis' }
  readonly migrations: readonly { readonly name: string; readonly at: string }[]
  readonly nodes: readonly {
    readonly id: string
    readonly host: string
    readonly pid: number
    readonly started_at: string
    readonly heartbeat_at: string
    readonly is_this: boolean
  }[]
}

const machineQuery = queryOptions({
  queryKey: ['console', 'system'],
  queryFn: ({ signal }) => call<Machine>('GET', '/admin/system', { signal }),
  refetchInterval: 5000,
  staleTime: 0,
})

/** What the server runs on, and how much of it. */
export function MachineSections() {
  const { data } = useQuery(machineQuery)
  if (data === undefined) return null
  return (
    <>
      <ProcessFacts machine={data} />
      <DatabaseFacts machine={data} />
      <Nodes machine={data} />
    </>
  )
}

function ProcessFacts({ machine }: { readonly machine: Machine }) {
  const text = useText()
  const { memory } = machine
  return (
    <Section title={text(machineTexts.process)}>
      <Facts
        facts={[
          [text(machineTexts.memory), formatBytes(memory.rss_bytes)],
          [text(machineTexts.heap), `${formatBytes(memory.heap_used_bytes)} / ${formatBytes(memory.heap_total_bytes)}`],
          [text(machineTexts.processor), formatDuration(machine.cpu_seconds * 1000)],
          [text(machineTexts.connections), formatNumber(machine.http.connections)],
          [text(machineTexts.node), machine.node_version],
          [text(machineTexts.platform), machine.platform],
          [text(machineTexts.started), formatDateTime(machine.started_at)],
          [text(machineTexts.pid), String(machine.pid)],
        ]}
      />
    </Section>
  )
}

function DatabaseFacts({ machine: { database, state, migrations } }: { readonly machine: Machine }) {
  const text = useText()
  const newest = migrations.at(-1)
  return (
    <Section title={text(systemTexts.partDatabase)}>
      <Facts
        facts={[
          [text(systemTexts.partDatabase), database.version],
          [text(machineTexts.size), formatBytes(database.bytes)],
          [text(machineTexts.connections), database.connections !== null && formatNumber(database.connections)],
          [text(machineTexts.shared), state.kind === 'redis' ? 'Redis' : text(machineTexts.inMemory)],
          [
            text(machineTexts.migrations),
            newest && text(machineTexts.newest, { count: formatNumber(migrations.length), name: newest.name }),
          ],
        ]}
      />
    </Section>
  )
}

function Nodes({ machine: { nodes } }: { readonly machine: Machine }) {
  const text = useText()
  return (
    <Section title={text(machineTexts.nodes)}>
      <Table
        caption={text(machineTexts.nodes)}
        rows={nodes}
        keyOf={({ id }) => id}
        columns={[
          {
            id: 'host',
            header: text(machineTexts.host),
            cell: (node) => (
              <span className="flex items-center gap-2">
                {node.host} {node.is_this && <Badge tone="accent">{text(machineTexts.thisOne)}</Badge>}
              </span>
            ),
          },
          { id: 'pid', header: text(machineTexts.pid), isNumber: true, cell: ({ pid }) => String(pid) },
          {
            id: 'started',
            header: text(machineTexts.started),
            hideBelow: 'medium',
            cell: (node) => formatDateTime(node.started_at),
          },
          { id: 'seen', header: text(machineTexts.seen), cell: (node) => formatAgo(node.heartbeat_at) },
        ]}
      />
    </Section>
  )
}
