/**
 * Settings that are changed while the server runs: the system's by administrators, each person's by themselves.
 *
 * Guarantee: of the system's only what an administrator has changed is stored; everything else is as the environment says
 * today, so that a variable is never shadowed by a value that nobody chose.
 */
import { suggestionTexts } from '@parley/contract/page-texts/chat.ts'
import type { Config } from '../config/config.ts'
import type { Environment } from '../config/env.ts'
import { createLiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import { deleteSetting, findSetting, listSettings, lockSetting, saveSetting } from '../store/settings-repository.ts'
import type { Store } from '../store/store.ts'
import { assertNoOpenAdministration } from './newcomers.ts'
import {
  type PersonalChanges,
  type PersonalSettings,
  personalSettingsSchema,
  type SettingField,
  type SystemChanges,
  type SystemSettings,
  systemChangesSchema,
  variableOfSetting,
} from './settings-schema.ts'

export interface Settings extends AsyncDisposable {
  /** In force now, on all nodes. */
  readonly system: SystemSettings
  /** What holds without anything stored. */
  readonly defaults: SystemSettings
  /** What administrators have changed. */
  readonly stored: SystemChanges
  /** The environment with what is stored put over it. The same object until it is loaded again. */
  readonly values: Environment
  /** Throws open_to_administrators, as does taking back. */
  changeSystem(changes: SystemChanges, userId: string): Promise<SystemSettings>
  /** The environment holds again, or the default. */
  takeBack(field: SettingField, userId: string): Promise<SystemSettings>
  personal(userId: string): Promise<PersonalSettings>
  changePersonal(userId: string, changes: PersonalChanges): Promise<PersonalSettings>
  /** Of somebody who is gone. */
  forgetPersonal(userId: string): Promise<void>
  /** After how many days people want their conversations deleted, by user id; those who have said. */
  personalRetention(): Promise<ReadonlyMap<string, number>>
}

export interface SettingsOptions {
  readonly config: Pick<Config, 'environment'>
  readonly store: Store
  readonly state: State
  readonly clock: () => number
  readonly log: Log
}

const systemKey = 'system'
const personalKey = (userId: string) => `personal.${userId}`
/** Settings that the environment has no word for. */
const withoutVariable = {
  registration_approval: false,
  allowed_email_domains: [],
  default_role: 'user',
  default_group_id: null,
  retention_days: null,
  banner: null,
  suggestions_en: suggestionTexts.map(({ en }) => en),
  suggestions_zh: suggestionTexts.map(({ zh }) => zh),
} satisfies Partial<SystemSettings>
const personalDefaults: PersonalSettings = {
  language: null,
  theme: 'system',
  default_model: null,
  retention_days: null,
  preferences: {},
}

export async function createSettings({ config, store, state, clock, log }: SettingsOptions): Promise<Settings> {
  const { values: environment } = config.environment
  const defaults = defaultsOf(environment)
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'settings',
    load: async () => inForce(readStored(await findSetting(systemKey, store.database)), defaults, environment),
    onError: (err) => log.error({ err }, 'settings not loaded: working on with those known'),
  })

  async function write(change: (stored: SystemChanges) => SystemChanges, userId: string): Promise<SystemSettings> {
    await store.transaction(async (transaction) => {
      const now = clock()
      const before = readStored(await lockSetting(systemKey, now, transaction))
      const value = change(before)
      assertNoOpenAdministration(Object.assign({}, defaults, before), Object.assign({}, defaults, value))
      await saveSetting({ key: systemKey, value, now, userId }, transaction)
    })
    await snapshot.changed()
    return snapshot.current.system
  }

  return {
    defaults,
    get system() {
      return snapshot.current.system
    },
    get stored() {
      return snapshot.current.stored
    },
    get values() {
      return snapshot.current.values
    },

    changeSystem: (changes, userId) => write((stored) => ({ ...stored, ...changes }), userId),
    takeBack: (field, userId) =>
      write((stored) => Object.fromEntries(Object.entries(stored).filter(([name]) => name !== field)), userId),

    personal: async (userId) => readPersonal(await findSetting(personalKey(userId), store.database)),

    changePersonal: (userId, changes) =>
      store.transaction(async (transaction) => {
        const key = personalKey(userId)
        const now = clock()
        const value = readPersonal(await lockSetting(key, now, transaction), changes)
        await saveSetting({ key, value, now, userId }, transaction)
        return value
      }),

    forgetPersonal: (userId) => deleteSetting(personalKey(userId), store.database),

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

function defaultsOf(environment: Environment): SystemSettings {
  const fromEnvironment = Object.entries(variableOfSetting).map(([field, name]) => [field, environment[name] ?? null])
  return {
    ...withoutVariable,
    ...(Object.fromEntries(fromEnvironment) as Omit<SystemSettings, keyof typeof withoutVariable>),
  }
}

interface InForce {
  readonly stored: SystemChanges
  readonly system: SystemSettings
  readonly values: Environment
}

function inForce(stored: SystemChanges, defaults: SystemSettings, environment: Environment): InForce {
  const system = Object.assign({}, defaults, stored)
  const changed = Object.entries(variableOfSetting).map(([field, name]) => [
    name,
    system[field as SettingField] ?? undefined,
  ])
  return { stored, system, values: { ...environment, ...Object.fromEntries(changed) } }
}

/** Leaves out what this version does not read, or not any more. */
function readStored(row: unknown): SystemChanges {
  const whole = systemChangesSchema.safeParse(row ?? {})
  if (whole.success) return whole.data
  const bad = new Set(whole.error.issues.map(({ path }) => path[0]))
  const good = Object.entries(row ?? {}).filter(([field]) => !bad.has(field))
  return systemChangesSchema.parse(Object.fromEntries(good))
}
