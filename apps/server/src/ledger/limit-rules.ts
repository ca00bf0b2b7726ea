import { type Limit, type LimitPer, notFound } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import { matcher } from '../store/name-pattern.ts'
import type { Store } from '../store/store.ts'

export interface LimitRule extends Limit {
  readonly id: string
  /** `group`: all members of a group together; `member`: each of them who has no such limit of their own. */
  readonly subjectKind: 'user' | 'account' | 'model' | 'group' | 'member'
  /** An id, of `group` and `member` the group's; of `model` a pattern with `*`. */
  readonly subjectId: string
  readonly createdAt: number
}

/** The limits that are not on API keys: of users, groups, accounts and families of models. In memory, the same on all nodes. */
export interface LimitRules extends AsyncDisposable {
  /** Their own, and those of their group's members that their own say nothing about. */
  ofUser(userId: string): readonly LimitRule[]
  /** Those that the user's group has as a whole. */
  ofGroupOf(userId: string): readonly LimitRule[]
  ofAccount(accountId: string): readonly LimitRule[]
  ofModel(model: string): readonly LimitRule[]
  list(): readonly LimitRule[]
  add(rule: Omit<LimitRule, 'id' | 'createdAt'>): Promise<LimitRule>
  /** It stays with its subject. What was used until now counts in it. */
  change(id: string, limit: Limit): Promise<LimitRule>
  get(id: string): LimitRule
  remove(id: string): Promise<LimitRule>
  /** Of somebody, or of a group, that is gone. */
  removeOf(subject: 'user' | 'group', id: string): Promise<void>
}

export interface LimitRulesOptions {
  readonly store: Store
  readonly state: State
  readonly log: Log
  /** The group that a user is in. */
  readonly groupOf: (userId: string) => string | undefined
  readonly now: () => number
}

const none: readonly LimitRule[] = []

export async function createLimitRules({ store, state, log, groupOf, now }: LimitRulesOptions): Promise<LimitRules> {
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'limit-rules',
    load: async () => index(await loadRules(store)),
    onError: (err) => log.error({ err }, 'limits not loaded: working on with those known'),
  })
  const get = (id: string): LimitRule => {
    const rule = snapshot.current.all.find((one) => one.id === id)
    if (rule === undefined) throw notFound('limit')
    return rule
  }
  return {
    ofUser(userId) {
      const { users, members, merged } = snapshot.current
      const own = users.get(userId) ?? none
      const groupId = members.size === 0 ? undefined : groupOf(userId)
      const theirs = groupId === undefined ? none : (members.get(groupId) ?? none)
      if (theirs.length === 0) return own
      // The same list each time, as long as nothing changes: what is made of it is kept.
      const known = merged.get(userId)
      if (known !== undefined && known.groupId === groupId) return known.rules
      const rules = [...own, ...theirs.filter((rule) => !own.some((one) => countsTheSame(one, rule)))]
      merged.set(userId, { groupId, rules })
      return rules
    },
    ofGroupOf(userId) {
      const { groups } = snapshot.current
      return groups.size === 0 ? none : (groups.get(groupOf(userId) ?? '') ?? none)
    },
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
    get,
    async change(id, { what, per, max }) {
      const rule = { ...get(id), what, per, max }
      await store.database.updateTable('limit_rule').set({ what, per, max }).where('id', '=', id).execute()
      await snapshot.changed()
      return rule
    },
    async remove(id) {
      const rule = get(id)
      await store.database.deleteFrom('limit_rule').where('id', '=', id).execute()
      await snapshot.changed()
      return rule
    },
    async removeOf(subject, id) {
      await store.database
        .deleteFrom('limit_rule')
        .where('subject_kind', 'in', subject === 'user' ? ['user'] : ['group', 'member'])
        .where('subject_id', '=', id)
        .execute()
      await snapshot.changed()
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
    per: row.per as LimitPer,
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
  return {
    all,
    users: bySubject('user'),
    groups: bySubject('group'),
    members: bySubject('member'),
    accounts: bySubject('account'),
    /** Of those who have a group's limits: theirs and their own, made when they are first asked for. */
    merged: new Map<string, { readonly groupId: string | undefined; readonly rules: readonly LimitRule[] }>(),
    families,
  }
}

function countsTheSame(one: Limit, other: Limit): boolean {
  return one.what === other.what && (one.what === 'concurrency' || one.per === other.per)
}
