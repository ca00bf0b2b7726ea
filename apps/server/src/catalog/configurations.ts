/**
 * Models that somebody configures with a URL and a key: an administrator for everybody, or a person for themselves. Each
 * is a model of the catalog with an account of its own that serves it, so it is limited, metered and billed like all
 * others. A person's own account is used for them alone, because only their calls are pinned to it.
 */
import { fieldFaults, invalidField, ParleyError } from '@parley/contract'
import { v7 as uuid } from 'uuid'
import type { CatalogAdmin, ModelDetails, ModelFields } from './create-catalog.ts'
import type { ModelFeature } from './model-features.ts'
import type { ModelInput } from './model-inputs.ts'

/** What is asked of the accounts; `upstreams/model-accounts.ts` does it. */
export interface ModelAccounts {
  create(
    account: AccountFields & { ownerId: string | null; name: string; provider: string; apiUrl: string },
  ): Promise<string>
  update(id: string, fields: AccountFields): Promise<void>
  remove(id: string): Promise<void>
  describe(id: string): DescribedAccount | undefined
  test(id: string, model: string): Promise<ModelTest>
}

interface AccountFields {
  readonly name?: string | undefined
  readonly provider?: string | undefined
  readonly apiUrl?: string | undefined
  readonly apiKey?: string | undefined
  readonly models?: { readonly [id: string]: string } | undefined
}

interface DescribedAccount {
  readonly apiUrl: string | null
  /** The key, masked. */
  readonly keyHint: string | null
  readonly models: { readonly [id: string]: string } | null
}

export interface ModelTest {
  readonly ok: boolean
  readonly status: number | null
  readonly latencyMs: number
  readonly error: string | null
}

export interface Configuration {
  readonly name: string
  readonly provider: string
  readonly apiUrl: string
  readonly apiKey?: string | undefined
  /** The upstream's name for it. */
  readonly modelId: string
  readonly contextLimit?: number | null | undefined
  /** What it reads besides text; null: as its name says. */
  readonly inputs?: readonly ModelInput[] | null | undefined
  readonly features?: readonly ModelFeature[] | null | undefined
}

/** Of where it is, and of the model as it is in the catalog. */
export type ConfigurationChanges = Omit<ModelFields, 'accountId'> & {
  readonly [Key in 'apiUrl' | 'apiKey' | 'modelId']?: Configuration[Key] | undefined
}

export interface Reader {
  readonly userId: string
  readonly role: 'admin' | 'user'
}

/** A model as the one who asks may see it. */
export interface ConfiguredModel extends ModelDetails {
  readonly modelId: string
  /** Null where it is not theirs to see, or not configured this way. */
  readonly apiUrl: string | null
  readonly keyHint: string | null
}

export interface Configurations {
  /** Those of everybody's models that they may use, then their own. */
  list(reader: Reader): ConfiguredModel[]
  get(reader: Reader, id: string): ConfiguredModel
  createOwn(reader: Reader, values: Configuration): Promise<ConfiguredModel>
  createSystem(reader: Reader, values: Configuration): Promise<ConfiguredModel>
  update(reader: Reader, id: string, changes: ConfigurationChanges): Promise<ConfiguredModel>
  remove(reader: Reader, id: string): Promise<void>
  /** All that somebody has configured for themselves. */
  removeOwn(userId: string): Promise<void>
  /** Asks the model for a few words. */
  test(reader: Reader, id: string): Promise<ModelTest>
}

const mostOwn = 50

export interface ConfigurationsOptions {
  readonly catalog: CatalogAdmin
  readonly accounts: ModelAccounts
  /** Which models the users of a group may use. */
  readonly groups: { allows(userId: string, model: string): boolean }
}

export function createConfigurations({ catalog, accounts, groups }: ConfigurationsOptions): Configurations {
  function present(model: ModelDetails, reader: Reader): ConfiguredModel {
    const mayChange = reader.role === 'admin' ? ownerOf(model) === null : false
    const account = model.accountId === null ? undefined : accounts.describe(model.accountId)
    const isTheirs = mayChange || ownerOf(model) === reader.userId
    return {
      ...model,
      modelId: account?.models?.[model.id] ?? model.id,
      apiUrl: isTheirs ? (account?.apiUrl ?? null) : null,
      keyHint: isTheirs ? (account?.keyHint ?? null) : null,
    }
  }

  function changeable(reader: Reader, id: string): ModelDetails {
    const model = visible(catalog, reader, id)
    if (ownerOf(model) === null && reader.role !== 'admin') throw new ParleyError('admin_only')
    return model
  }

  async function remove({ id, accountId }: ModelDetails): Promise<void> {
    await catalog.remove(id)
    if (accountId !== null && accounts.describe(accountId) !== undefined) await accounts.remove(accountId)
  }

  /** The account first: a model without one would be answered by nobody. */
  async function add(id: string, ownerId: string | null, values: Configuration): Promise<ModelDetails> {
    const { name, provider, apiUrl, apiKey, modelId, contextLimit, inputs, features } = values
    const known = catalog.findDetails(id)
    const accountId = await accounts.create({ ownerId, name, provider, apiUrl, apiKey, models: { [id]: modelId } })
    try {
      const fields = { name, provider, contextLimit, inputs, features, accountId }
      return known === undefined
        ? await catalog.create({ id, ownerId, ...fields })
        : await catalog.update(id, { ...fields, isActive: true })
    } catch (error) {
      await accounts.remove(accountId)
      throw error
    }
  }

  return {
    list: (reader) => {
      const shared = catalog.listDetails().filter(({ id, isActive }) => isActive && groups.allows(reader.userId, id))
      return [...shared, ...catalog.listOwn(reader.userId)].map((model) => present(model, reader))
    },
    get: (reader, id) => present(visible(catalog, reader, id), reader),
    async createOwn(reader, values) {
      if (catalog.listOwn(reader.userId).length >= mostOwn) {
        throw invalidField('name', fieldFaults.tooManyModels, { most: mostOwn })
      }
      return present(await add(uuid(), reader.userId, values), reader)
    },
    async createSystem(reader, values) {
      const known = catalog.findDetails(values.modelId)
      if (known !== undefined && (known.accountId !== null || ownerOf(known) !== null)) {
        throw invalidField('modelId', fieldFaults.modelTaken)
      }
      return present(await add(values.modelId, null, values), reader)
    },
    async update(reader, id, { apiUrl, apiKey, modelId, ...fields }) {
      const model = changeable(reader, id)
      const isOfAccount = [apiUrl, apiKey, modelId].some((value) => value !== undefined)
      // Forms send what they do not change as well: an account that has been changed since is left as it is.
      const name = fields.name === model.name ? undefined : fields.name
      const provider = fields.provider === model.provider ? undefined : fields.provider
      if (model.accountId !== null && (isOfAccount || name !== undefined || provider !== undefined)) {
        const models = modelId === undefined ? undefined : { [id]: modelId }
        await accounts.update(model.accountId, { name, provider, apiUrl, apiKey, models })
      } else if (isOfAccount) {
        throw invalidField('apiUrl', fieldFaults.servedByAccounts)
      }
      return present(await catalog.update(id, fields), reader)
    },
    remove: (reader, id) => remove(changeable(reader, id)),
    async removeOwn(userId) {
      for (const model of catalog.listOwn(userId)) await remove(model)
    },
    async test(reader, id) {
      const { accountId } = changeable(reader, id)
      if (accountId === null) throw invalidField('id', fieldFaults.noOwnAddress)
      return await accounts.test(accountId, id)
    },
  }
}

/** Throws when there is no such model, or it is not for them. */
function visible(catalog: CatalogAdmin, reader: Reader, id: string): ModelDetails {
  const model = catalog.getDetails(id)
  const ownerId = ownerOf(model)
  if (ownerId !== null && ownerId !== reader.userId) throw new ParleyError('forbidden')
  if (ownerId === null && !model.isActive && reader.role !== 'admin') throw new ParleyError('forbidden')
  return model
}

function ownerOf(model: ModelDetails): string | null {
  return model.own?.userId ?? null
}
