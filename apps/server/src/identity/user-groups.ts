/**
 * Groups of users. A user is in one group or in none; the group says which models they may use, in the chat and with their
 * keys, and the ledger has limits and a charge for it.
 *
 * Guarantee: who is in which group is known in memory, the same on all nodes, because every call asks.
 */
import { fieldFaults, invalidField, notFound } from '@parley/contract'
import { v7 as uuidv7 } from 'uuid'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { matchesAny } from '../store/name-pattern.ts'
import {
  deleteGroup,
  type GroupColumns,
  insertGroup,
  isGroupNameTaken,
  listGroups,
  listMemberships,
  updateGroup,
} from './user-groups-repository.ts'
import type { UserGroup } from './user-group.ts'

export type GroupFields = Pick<UserGroup, 'name' | 'description' | 'models' | 'tokenQuota'>

export type GroupChanges = { readonly [Field in keyof GroupFields]?: GroupFields[Field] | undefined }

export interface UserGroups extends AsyncDisposable {
  /** By name. */
  list(): readonly UserGroup[]
  /** Throws when there is none. */
  get(id: string): UserGroup
  find(id: string): UserGroup | undefined
  /** The id of the group that a user is in. */
  ofUser(userId: string): string | undefined
  countMembers(): ReadonlyMap<string, number>
  /** Whether the user's group lets them use a model that is everybody's. */
  allows(userId: string, model: string): boolean
  create(fields: GroupFields): Promise<UserGroup>
  update(id: string, fields: GroupChanges): Promise<UserGroup>
  remove(id: string): Promise<void>
  /** To be called when users came into groups or left them. */
  membersChanged(): Promise<void>
}

interface Known {
  readonly groups: readonly UserGroup[]
  readonly byId: ReadonlyMap<string, UserGroup & { readonly matches: (model: string) => boolean }>
  readonly memberships: ReadonlyMap<string, string>
}

export interface UserGroupsOptions {
  readonly store: Store
  readonly state: State
  readonly clock: () => number
  readonly log: Log
}

export async function createUserGroups({ store, state, clock, log }: UserGroupsOptions): Promise<UserGroups> {
  const { database } = store
  const snapshot = await createLiveSnapshot<Known>({
    topics: state.topics,
    topic: 'user-groups',
    load: async () => {
      const [groups, memberships] = await Promise.all([listGroups(database), listMemberships(database)])
      const byId = new Map(groups.map((group) => [group.id, { ...group, matches: matchesAny(group.models ?? ['*']) }]))
      return { groups, byId, memberships }
    },
    onError: (err) => log.error({ err }, 'user groups not loaded: working on with those known'),
  })
  const get = (id: string): UserGroup => {
    const group = snapshot.current.byId.get(id)
    if (group === undefined) throw notFound('userGroup')
    return group
  }
  const nameTaken = () => invalidField('name', fieldFaults.userGroupTaken)

  return {
    get,
    list: () => snapshot.current.groups,
    find: (id) => snapshot.current.byId.get(id),
    ofUser: (userId) => snapshot.current.memberships.get(userId),

    countMembers() {
      const counts = new Map<string, number>()
      for (const id of snapshot.current.memberships.values()) counts.set(id, (counts.get(id) ?? 0) + 1)
      return counts
    },

    /** /!\ Hot path: every call comes through here. */
    allows(userId, model) {
      const { memberships, byId } = snapshot.current
      const groupId = memberships.get(userId)
      return groupId === undefined || (byId.get(groupId)?.matches(model) ?? true)
    },

    async create(fields) {
      const id = uuidv7()
      const { name, description, models_json, token_quota } = { ...emptyColumns, ...columnsOf(fields) }
      const columns = { name, description, models_json, token_quota }
      if (!(await insertGroup({ ...columns, id, now: clock() }, database))) throw nameTaken()
      await snapshot.changed()
      return get(id)
    },

    async update(id, fields) {
      if (fields.name !== undefined && (await isGroupNameTaken({ name: fields.name, exceptId: id }, database)))
        throw nameTaken()
      if (!(await updateGroup({ ...columnsOf(fields), id, now: clock() }, database))) throw notFound('userGroup')
      await snapshot.changed()
      return get(id)
    },

    async remove(id) {
      if (!(await deleteGroup(id, database))) throw notFound('userGroup')
      await snapshot.changed()
    },

    membersChanged: () => snapshot.changed(),
    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

const emptyColumns: GroupColumns = { name: '', description: '', models_json: null, token_quota: null }

function columnsOf({ name, description, models, tokenQuota }: GroupChanges): Partial<GroupColumns> {
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(models !== undefined && { models_json: models && JSON.stringify(models) }),
    ...(tokenQuota !== undefined && { token_quota: tokenQuota }),
  }
}
