import type { Server } from 'node:http'
import { z } from 'zod'
import type { ApiInstance } from '../http/api.ts'
import { isoTime } from '../http/values.ts'
import type { State } from '../state/state.ts'
import { listLiveNodes, readStoreStatus } from '../store/store-status.ts'
import type { Store } from '../store/store.ts'

const count = z.int().min(0)
const time = z.string()

const systemSchema = z
  .object({
    version: z.string(),
    node_version: z.string(),
    platform: z.string(),
    pid: count,
    started_at: time,
    uptime_seconds: count,
    memory: z.object({ rss_bytes: count, heap_used_bytes: count, heap_total_bytes: count, external_bytes: count }),
    cpu_seconds: z.number().describe('Of this process since it started, user and system'),
    http: z.object({ connections: count.describe('Open now, to this node') }),
    database: z.object({
      kind: z.enum(['sqlite', 'postgres']),
      version: z.string(),
      bytes: count,
      connections: count.nullable().describe('Null: SQLite has none'),
    }),
    state: z.object({
      kind: z.enum(['memory', 'redis']),
      status: z.enum(['ok', 'failed']),
      reason: z.string().nullable(),
    }),
    migrations: z.array(z.object({ name: z.string(), at: time })),
    nodes: z
      .array(
        z.object({
          id: z.string(),
          host: z.string(),
          pid: count,
          started_at: time,
          heartbeat_at: time,
          is_this: z.boolean(),
        }),
      )
      .describe('The processes on this database whose hearts beat'),
  })
  .meta({ id: 'System' })

export interface SystemRoutesParts {
  readonly store: Store
  readonly state: State
  readonly nodeId: string
  readonly version: string
  readonly startedAt: number
  readonly clock: () => number
}

/** Six heart-beats. */
const silentForMs = 30_000

/** `/admin/system`: this process and what it stands on. `GET /health` says whether its parts work. */
export function systemRoutes(parts: SystemRoutesParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/system',
      {
        config: { access: 'admin' },
        schema: {
          tags: ['admin'],
          summary: 'This process, its database and its fellow nodes',
          response: { 200: systemSchema },
        },
      },
      () => readSystem(parts, app.server),
    )
  }
}

async function readSystem(parts: SystemRoutesParts, server: Server): Promise<z.output<typeof systemSchema>> {
  const { store, state, nodeId, version, startedAt, clock } = parts
  const [status, nodes, check, connections] = await Promise.all([
    readStoreStatus(store),
    listLiveNodes(store, silentForMs),
    state.check(),
    countConnections(server),
  ])
  const { migrations, ...database } = status
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  return {
    version,
    node_version: process.version,
    platform: `${process.platform}-${process.arch}`,
    pid: process.pid,
    started_at: isoTime(startedAt),
    uptime_seconds: Math.floor((clock() - startedAt) / 1000),
    memory: {
      rss_bytes: rss,
      heap_used_bytes: heapUsed,
      heap_total_bytes: heapTotal,
      external_bytes: external,
    },
    cpu_seconds: (user + system) / 1e6,
    http: { connections },
    database,
    state: { kind: state.kind, status: check.ok ? 'ok' : 'failed', reason: check.ok ? null : check.reason },
    migrations: [...migrations],
    nodes: nodes.map(({ id, host, pid, startedAt: since, heartbeatAt }) => ({
      id,
      host,
      pid,
      started_at: isoTime(since),
      heartbeat_at: isoTime(heartbeatAt),
      is_this: id === nodeId,
    })),
  }
}

function countConnections(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, connections) => (error ? reject(error) : resolve(connections)))
  })
}
