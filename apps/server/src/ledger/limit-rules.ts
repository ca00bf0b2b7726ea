import { ParleyError } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { matcher } from './used-since.ts'
import type { Per } from './windows.ts'

/** A limit on a subject: counts; nano-dollars (charged) for `cost`. */
export interface Limit {
  readonly what: 'requests' | 'tokens' | 'cost' | 'concurrency'
  readonly per: Per
  readonly max: number
}

export interface LimitRule extends Limit {
  readonly id: string
  readonly subjectKind: 'user' | 'account' | 'model'
  /** An id; of `model` a pattern with `*`. */
  readonly subjectId: string
  readonly createdAt: number
}

/** The limits that are not on API keys: of users, accounts and families of models. In memory, the same on all nodes. */
export interface LimitRules extends AsyncDisposable {
  ofUser(userId: string): readonly LimitRule[]
  ofAccount(accountId: string): readonly LimitRule[]
  ofModel(model: string): readonly LimitRule[]
  list(): readonly LimitRule[]
  add(rule: Omit<LimitRule, 'id' | 'createdAt'>): Promise<LimitRule>
  remove(id: string): Promise<LimitRule>
}

export interface LimitRulesOptions {
  readonly store: Store
  readonly state: State
  readonly log: Log
  readonly now: () => number
}

const none: readonly LimitRule[] = []

export async function createLimitRules({ store, state, log, now }: LimitRulesOptions): Promise<LimitRules> {
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'limit-rules',
    load: async () => index(await loadRules(store)),
    onError: (err) => log.error({ err }, 'limits not loaded: working on with those known'),
  })
  return {
    ofUser: (userId) => snapshot.current.users.get(userId) ?? none,
    ofAccount: (accountId) => snapshot.current.accounts.get(accountId) ?? none,
    ofModel(model) {
      const { families } = snapshot.current
      return families.length === 0 ? none : families.filter(({ matches }) => matches(model)).map(({ rule }) => rule)
    },
    list: () => snapshot.current.all,
    async add(fields) {
      const rule: LimitRule = { ...fields, id: uuidv7(), createdAt: now() }
      const { id, subjectKind, subjectId, what, per, max, createdAt } = rule
      await store.database
        .insertInto('limit_rule')
        .values({ id, subject_kind: subjectKind, subject_id: subjectId, what, per, max, created_at: createdAt })
        .execute()
      await snapshot.changed()
      return rule
    },
    async remove(id) {
      const rule = snapshot.current.all.find((one) => one.id === id)
      if (rule === undefined) throw new ParleyError('not_found', { parameters: { what: 'limit' } })
      await store.database.deleteFrom('limit_rule').where('id', '=', id).execute()
      await snapshot.changed()
      return rule
    },
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

async function loadRules(store: Store): Promise<LimitRule[]> {
  const rows = await store.database.selectFrom('limit_rule').selectAll().orderBy('id').execute()
  return rows.map((row) => ({
    id: row.id,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    what: row.what as Limit['what'],
    per: row.per as Per,
    max: row.max,
    createdAt: row.created_at,
  }))
}

function index(all: readonly LimitRule[]) {
  const bySubject = (kind: LimitRule['subjectKind']) =>
    Map.groupBy(
      all.filter(({ subjectKind }) => subjectKind === kind),
      ({ subjectId }) => subjectId,
    )
  const families = all.flatMap((rule) =>
    rule.subjectKind === 'model' ? [{ rule, matches: matcher(rule.subjectId) }] : [],
  )
  return { all, users: bySubject('user'), accounts: bySubject('account'), families }
}
