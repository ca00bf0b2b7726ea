import type { Insertable, Selectable } from 'kysely'
import type { Connection } from '../../store/store.ts'
import type { RunTable } from '../../store/tables.ts'
import type { EndedStatus, LoggedEvent, RunEvent } from './run-event.ts'

export type RunRow = Selectable<RunTable>

export async function insertRun(run: Insertable<RunTable>, connection: Connection): Promise<void> {
  await connection.insertInto('run').values(run).execute()
}

export async function tryRun(runId: string, connection: Connection): Promise<RunRow | undefined> {
  return await connection.selectFrom('run').selectAll().where('id', '=', runId).executeTakeFirst()
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

export async function insertRunEvents(
  runId: string,
  events: readonly LoggedEvent[],
  connection: Connection,
): Promise<void> {
  await connection
    .insertInto('run_event')
    .values(events.map(({ seq, event }) => ({ run_id: runId, seq, payload_json: JSON.stringify(event) })))
    .execute()
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
  return rows.map((row) => ({ seq: row.seq, event: JSON.parse(row.payload_json) as RunEvent }))
}
