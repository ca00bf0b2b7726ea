/**
 * Settings that are changed while the server runs: the system's by administrators, each person's by themselves. What was
 * never changed is as the environment says.
 */
import type { Config } from '../config/config.ts'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import { findSetting, listSettings, saveSetting } from './settings-repository.ts'
import {
  type PersonalChanges,
  type PersonalSettings,
  personalSettingsSchema,
  type SystemChanges,
  type SystemSettings,
  systemSettingsSchema,
} from './settings-schema.ts'

export interface Settings extends AsyncDisposable {
  /** In force now, on all nodes. */
  readonly system: SystemSettings
  changeSystem(changes: SystemChanges, userId: string): Promise<SystemSettings>
  personal(userId: string): Promise<PersonalSettings>
  changePersonal(userId: string, changes: PersonalChanges): Promise<PersonalSettings>
  /** After how many days people want their conversations deleted, by user id; those who have said. */
  personalRetention(): Promise<ReadonlyMap<string, number>>
}

export interface SettingsOptions {
  readonly config: Pick<Config, 'identity'>
  readonly store: Store
  readonly state: State
  readonly clock: () => number
  readonly log: Log
}

const systemKey = 'system'
const personalKey = (userId: string) => `personal.${userId}`
const personalDefaults: PersonalSettings = {
  language: null,
  theme: 'system',
  default_model: null,
  retention_days: null,
  preferences: {},
}

export async function createSettings({ config, store, state, clock, log }: SettingsOptions): Promise<Settings> {
  const systemDefaults: SystemSettings = {
    registration_open: config.identity.isRegistrationOpen,
    default_token_quota: config.identity.tokenQuota,
    retention_days: null,
  }
  const withDefaults = (stored: unknown, changes: SystemChanges = {}): SystemSettings =>
    systemSettingsSchema.parse(Object.assign({}, systemDefaults, stored, changes))
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'settings',
    load: async () => withDefaults(await findSetting(systemKey, store.database)),
    onError: (err) => log.error({ err }, 'settings not loaded: working on with those known'),
  })

  return {
    get system() {
      return snapshot.current
    },

    async changeSystem(changes, userId) {
      await store.transaction(async (transaction) => {
        const value = withDefaults(await findSetting(systemKey, transaction), changes)
        await saveSetting({ key: systemKey, value, now: clock(), userId }, transaction)
      })
      await snapshot.changed()
      return snapshot.current
    },

    personal: async (userId) => readPersonal(await findSetting(personalKey(userId), store.database)),

    changePersonal: (userId, changes) =>
      store.transaction(async (transaction) => {
        const key = personalKey(userId)
        const value = readPersonal(await findSetting(key, transaction), changes)
        await saveSetting({ key, value, now: clock(), userId }, transaction)
        return value
      }),

    async personalRetention() {
      const stored = await listSettings(personalKey(''), store.database)
      return new Map(
        stored.flatMap(({ key, value }) => {
          const { retention_days: days } = readPersonal(value)
          return days === null ? [] : [[key.slice(personalKey('').length), days] as const]
        }),
      )
    },

    [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
  }
}

function readPersonal(stored: unknown, changes: PersonalChanges = {}): PersonalSettings {
  return personalSettingsSchema.parse(Object.assign({}, personalDefaults, stored, changes))
}
