import { type Insertable, type Selectable, sql } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { RunTable } from '../../store/tables.ts'
import { type EndedStatus, type LoggedEvent, readRunEvent } from './run-event.ts'

export type RunRow = Selectable<RunTable>

export async function insertRun(run: Insertable<RunTable>, connection: Connection): Promise<void> {
  await connection.insertInto('run').values(run).execute()
}

export async function insertRuns(runs: readonly RunRow[], connection: Connection): Promise<void> {
  for (let at = 0; at < runs.length; at += insertLength) {
    await connection
      .insertInto('run')
      .values(runs.slice(at, at + insertLength))
      .execute()
  }
}

/** Each has a dozen parameters. */
const insertLength = 200

export async function tryRun(runId: string, connection: Connection): Promise<RunRow | undefined> {
  return await connection.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst()
}

export async function runsOf(conversationId: string, connection: Connection): Promise<RunRow[]> {
  return await connection.selectFrom('run').selectAll().where('conversation_id', '=', conversationId).execute()
}

export async function runningRunsOf(conversationId: string, connection: Connection): Promise<RunRow[]> {
  return await connection
    .selectFrom('run')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .where('status', '=', 'running')
    .orderBy('id')
    .execute()
}

export async function runningRunsOn(nodeIds: readonly string[], connection: Connection): Promise<RunRow[]> {
  if (nodeIds.length === 0) return []
  return await connection
    .selectFrom('run')
    .selectAll()
    .where('status', '=', 'running')
    .where('node_id', 'in', nodeIds)
    .orderBy('id')
    .execute()
}

/** True when the run was running and is now ended; false when somebody ended it before. */
export async function endRun(
  run: { id: string; status: EndedStatus; errorMessage: string | null; endedAt: number },
  connection: Connection,
): Promise<boolean> {
  const { numUpdatedRows } = await connection
    .updateTable('run')
    .set({ status: run.status, error_message: run.errorMessage, ended_at: run.endedAt, heartbeat_at: run.endedAt })
    .where('id', '=', run.id)
    .where('status', '=', 'running')
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Some events of one run's log. */
export interface RunEvents {
  readonly runId: string
  readonly events: readonly LoggedEvent[]
}

export async function insertRunEvents({ runId, events }: RunEvents, connection: Connection): Promise<void> {
  await connection
    .insertInto('run_event')
    .values(events.map(({ seq, event }) => ({ run_id: runId, seq, payload_json: JSON.stringify(event) })))
    .execute()
}

/** The same for many runs, as one statement whose text is always the same, so that it is prepared once. */
export async function insertEventsOfRuns(
  runs: readonly RunEvents[],
  kind: 'sqlite' | 'postgres',
  connection: Connection,
): Promise<void> {
  const rows = runs.flatMap(({ runId, events }) =>
    events.map(({ seq, event }) => [runId, seq, JSON.stringify(event)] as const),
  )
  const json = JSON.stringify(rows)
  const insert =
    kind === 'sqlite'
      ? sql`insert into run_event (run_id, seq, payload_json)
          select value ->> 0, value ->> 1, value ->> 2 from json_each(${json})`
      : sql`insert into run_event (run_id, seq, payload_json)
          select value ->> 0, (value ->> 1)::bigint, value ->> 2 from json_array_elements(${json}::json)`
  await insert.execute(connection)
}

/** Events with greater numbers than `after`, in order, at most `limit`. */
export async function runEventsAfter(
  position: { runId: string; after: number; limit: number },
  connection: Connection,
): Promise<LoggedEvent[]> {
  const rows = await connection
    .selectFrom('run_event')
    .select(['seq', 'payload_json'])
    .where('run_id', '=', position.runId)
    .where('seq', '>', position.after)
    .orderBy('seq')
    .limit(position.limit)
    .execute()
  return rows.map((row) => ({ seq: row.seq, event: readRunEvent(row.payload_json) }))
}

/** Runs whose ids come before `before`, that have ended and whose logs are still there. */
export async function endedRunsWithLog(
  range: { before: string; limit: number },
  connection: Connection,
): Promise<string[]> {
  const rows = await connection
    .selectFrom('run_event')
    .innerJoin('run', 'run.id', 'run_event.run_id')
    .select('run_event.run_id')
    .where('run_event.run_id', '<', range.before)
    .where('run_event.seq', '=', 1)
    .where('run.status', '!=', 'running')
    .orderBy('run_event.run_id')
    .limit(range.limit)
    .execute()
  return rows.map((row) => row.run_id)
}

export async function deleteLogsOf(runIds: readonly string[], connection: Connection): Promise<void> {
  if (runIds.length > 0) await connection.deleteFrom('run_event').where('run_id', 'in', runIds).execute()
}

/** With their logs. */
export async function deleteRuns(runIds: readonly string[], connection: Connection): Promise<void> {
  await connection.deleteFrom('run').where('id', 'in', runIds).execute()
}
