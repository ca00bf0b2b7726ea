import type { RouteLimit } from '../http/route.ts'
import type { Dialects } from './dialects/dialects.ts'
import type { StreamRun } from './runs/stream-run.ts'

/** What the routes need that answer with a run. */
export interface Streaming {
  readonly streamRun: StreamRun
  readonly dialects: Dialects
  /** How often a person may ask for a reply. */
  readonly limit: RouteLimit
}
