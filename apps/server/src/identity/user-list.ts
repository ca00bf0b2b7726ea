/** The list of users as administrators look through it. */
import { type ExpressionBuilder, type SelectQueryBuilder, sql } from 'kysely'
import type { Connection } from '../store/store.ts'
import type { Tables } from '../store/tables.ts'
import type { User } from './user.ts'
import { userOf } from './users-repository.ts'

export interface UserQuery {
  /** Part of an email, username or nickname. */
  readonly q?: string | undefined
  readonly role?: User['role'] | undefined
  readonly status?: 'active' | 'pending' | 'blocked' | undefined
  readonly groupId?: string | undefined
  readonly sort?: UserSort | undefined
  readonly order?: 'asc' | 'desc' | undefined
  /** When the month began that `cost` sorts by, UTC. */
  readonly costMonth?: number | undefined
  readonly page: number
  readonly limit: number
}

export const userSorts = ['created', 'name', 'last_seen', 'tokens', 'cost'] as const
export type UserSort = (typeof userSorts)[number]

export interface ListedUser extends User {
  /** When one of their devices last asked for something; null: never. */
  readonly lastSeenAt: number | null
}

type Builder = ExpressionBuilder<Tables, 'user'>

/** The index of sessions has it at its end. */
const lastSeen = sql<number | null>`(select max(last_used_at) from session where session.user_id = "user".id)`
const seenOrSignedIn = sql<number | null>`coalesce(${lastSeen}, "user".last_login_at)`

export async function listUsers(
  query: UserQuery,
  connection: Connection,
): Promise<{ users: ListedUser[]; total: number }> {
  const matching = connection.selectFrom('user').where((where) => matches(query, where))
  const { page, limit } = query
  const [rows, count] = await Promise.all([
    inOrder(matching.selectAll().select(seenOrSignedIn.as('last_seen_at')), query)
      .limit(limit)
      .offset((page - 1) * limit)
      .execute(),
    matching.select((select) => select.fn.countAll<number>().as('count')).executeTakeFirstOrThrow(),
  ])
  return {
    users: rows.map((row) => ({
      ...userOf(row),
      lastSeenAt: row.last_seen_at === null ? null : Number(row.last_seen_at),
    })),
    total: Number(count.count),
  }
}

export async function lastSeenOf(userId: string, connection: Connection): Promise<number | null> {
  const row = await connection
    .selectFrom('user')
    .select(seenOrSignedIn.as('at'))
    .where('id', '=', userId)
    .executeTakeFirst()
  return row === undefined || row.at === null ? null : Number(row.at)
}

function matches({ q, role, status, groupId }: UserQuery, where: Builder) {
  return where.and([
    ...(q === undefined ? [] : [isFound(q, where)]),
    ...(role === undefined ? [] : [where('role', '=', role)]),
    ...(groupId === undefined ? [] : [where('group_id', '=', groupId)]),
    ...(status === undefined ? [] : [where('is_active', '=', status === 'active' ? 1 : 0)]),
    ...(status === undefined || status === 'active' ? [] : [where('is_pending', '=', status === 'pending' ? 1 : 0)]),
  ])
}

function isFound(q: string, where: Builder) {
  const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`
  const contains = (column: 'email' | 'username' | 'nickname') =>
    sql<boolean>`lower(${where.ref(column)}) like lower(${pattern}) escape '\\'`
  return where.or([contains('email'), contains('username'), contains('nickname')])
}

/** One look-up by the key of the ledger's sums for each user. */
function costIn(month: number) {
  return sql`coalesce((select cost_nanos from usage_rollup where dimension = 'user' and per = 'month'
    and bucket = ${month} and subject = "user".id), 0)`
}

const expressionOf = {
  created: sql`"user".created_at`,
  name: sql`lower(coalesce("user".nickname, "user".username))`,
  last_seen: sql`coalesce(${seenOrSignedIn}, 0)`,
  tokens: sql`"user".token_used`,
} as const

/** Among equals the newest comes first. */
function inOrder<Output>(
  query: SelectQueryBuilder<Tables, 'user', Output>,
  { sort = 'created', order = sort === 'name' ? 'asc' : 'desc', costMonth = 0 }: UserQuery,
): SelectQueryBuilder<Tables, 'user', Output> {
  const expression = sort === 'cost' ? costIn(costMonth) : expressionOf[sort]
  return query.orderBy(expression, order).orderBy('user.id', 'desc')
}
