import { sql } from 'kysely'
import type { Store } from '../../src/store/store.ts'

const tokens = `input_tokens + output_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens
  + thinking_tokens + audio_input_tokens + audio_output_tokens`
const subjects = { all: `''`, key: 'key_id', user: 'user_id', account: 'account_id', model: 'model', wire: 'wire' }

interface Sums {
  subject: string
  requests: number | string
  tokens: number | string
  cost: number | string
  charged: number | string
}

/** The sums, by every dimension and period, and what users have used, against the rows. */
export async function findWrongSums({ database }: Store): Promise<string[]> {
  const wrong: string[] = []
  for (const [dimension, subject] of Object.entries(subjects)) {
    const rows = await sql<Sums>`select ${sql.raw(subject)} as subject, count(*) as requests,
      sum(${sql.raw(tokens)}) as tokens, sum(cost_nanos) as cost, sum(charged_nanos) as charged
      from usage_record where status = 'settled' and ${sql.raw(subject)} is not null group by 1`.execute(database)
    wrong.push(...(await findWrongHours(database, dimension, subject)))
    for (const per of ['hour', 'day', 'month']) {
      const sums = await sql<Sums>`select subject, sum(requests) as requests, sum(tokens) as tokens,
        sum(cost_nanos) as cost, sum(charged_nanos) as charged
        from usage_rollup where dimension = ${dimension} and per = ${per} group by subject`.execute(database)
      const found = text(sums.rows)
      if (found !== text(rows.rows))
        wrong.push(`sums of ${dimension} per ${per}: ${found}, the rows say ${text(rows.rows)}`)
    }
  }
  const users = await sql<{ id: string; used: number | string; said: number | string }>`select "user".id,
    token_used as used, coalesce((select sum(${sql.raw(tokens)}) from usage_record where user_id = "user".id), 0) as said
    from "user"`.execute(database)
  for (const { id, used, said } of users.rows) {
    if (Number(used) !== Number(said)) wrong.push(`the user ${id} has used ${used} tokens, the rows say ${said}`)
  }
  return wrong
}

/** Each call in its own hour. */
async function findWrongHours(database: Store['database'], dimension: string, subject: string): Promise<string[]> {
  const { rows } = await sql<{ found: number | string; said: number | string }>`select
    (select count(*) from usage_rollup where dimension = ${dimension} and per = 'hour' and requests > 0) as found,
    (select count(*) from usage_rollup as sums where dimension = ${dimension} and per = 'hour' and requests =
      (select count(*) from usage_record where status = 'settled' and at >= sums.bucket
        and at < sums.bucket + 3600000 and ${sql.raw(subject)} = sums.subject)) as said`.execute(database)
  const [hours] = rows
  if (Number(hours?.found) === Number(hours?.said)) return []
  return [`${hours?.found} hours of ${dimension} have sums, and ${hours?.said} of them are those of the rows`]
}

function text(rows: readonly Sums[]): string {
  const lines = rows.map(({ subject, requests, tokens: all, cost, charged }) =>
    [subject, ...[requests, all, cost, charged].map(Number)].join(' '),
  )
  return lines.sort().join('; ')
}
