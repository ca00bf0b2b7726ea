import { hostname } from 'node:os'
import { z } from 'zod'
import type { LogFeed } from '../config/log-feed.ts'
import type { ApiInstance } from '../http/api.ts'
import { openEventStream } from '../http/event-stream.ts'
import { eventStream } from '../http/media.ts'
import { createLogLines } from './log-lines.ts'

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

const query = z.object({
  level: z.enum(levels).default('info').describe('This and everything worse'),
  q: z.string().trim().max(200).optional().describe('Text that the line must have, whatever its case'),
  tail: z.coerce.number().int().min(0).max(5000).default(0).describe('So many lines of today first'),
})

const maxQueuedLines = 2000

const description = `Server-sent events of the node that answers, for as long as one listens; secrets are taken out before lines are written.

- \`start\` \`{level, node}\`: what the server writes at all (LOG_LEVEL), and where
- \`line\`: the JSON object of the log: \`{level, time, message, request_id?, …}\`
- \`lost\` \`{count}\`: the reader was too slow for so many lines, which were here`

export interface LogsRoutesParts {
  readonly feed: LogFeed
  /** What is written at all. */
  readonly level: string
  readonly heartbeatMs: number
}

/** `/admin/logs`: the log while it is written. */
export function logsRoutes({ feed, level, heartbeatMs }: LogsRoutesParts) {
  return (app: ApiInstance): void => {
    app.get(
      '/logs',
      {
        config: { access: 'admin', produces: eventStream },
        schema: { tags: ['admin'], summary: 'The log, live', description, querystring: query },
      },
      async (request, reply) => {
        const isWanted = lineTest(request.query)
        const stream = openEventStream(request, reply, { heartbeatMs, isEndless: true })
        const lines = createLogLines(maxQueuedLines, stream.signal)
        const watch = feed.watch((line) => {
          if (isWanted(line)) lines.add(line)
        })
        try {
          await stream.send(eventOf('start', JSON.stringify({ level, node: hostname() })))
          for (const line of await watch.recent(request.query.tail, isWanted)) await stream.send(eventOf('line', line))
          while (!stream.signal.aborted) {
            const taken = await lines.take()
            await stream.send(taken.map(presentLine).join(''))
          }
        } finally {
          watch.stop()
          stream.close()
        }
      },
    )
  }
}

function lineTest({ level, q }: z.output<typeof query>): (line: string) => boolean {
  // The level is the first field of each line.
  const beginnings = levels.slice(levels.indexOf(level)).map((each) => `{"level":"${each}"`)
  const text = q?.toLowerCase()
  return (line) =>
    beginnings.some((each) => line.startsWith(each)) && (text === undefined || line.toLowerCase().includes(text))
}

function presentLine(line: string | number): string {
  return typeof line === 'string' ? eventOf('line', line.trimEnd()) : eventOf('lost', JSON.stringify({ count: line }))
}

function eventOf(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`
}
