import { assertFound, dollarText, fieldFaults, invalidField, notFound, type Price } from '@parley/contract'
import { createLiveSnapshot, type LiveSnapshot } from '../state/live-snapshot.ts'
import type { State } from '../state/state.ts'
import type { Log } from '../store/log.ts'
import type { Store } from '../store/store.ts'
import type { Catalog, CatalogModel, OutputLimits } from './catalog.ts'
import { featuresByName, type ModelFeature, readFeatures } from './model-features.ts'
import { inputsByName, type ModelInput, readInputs } from './model-inputs.ts'
import {
  deleteModelRow,
  insertModelRow,
  listModelRows,
  type ModelRow,
  tryModelRow,
  updateModelRow,
} from './model-repository.ts'
import { type StoredPrice, tryStoredPrice, withPrice } from './own-price.ts'
import {
  completePrice,
  type PartialPrice,
  type PriceTable,
  type PriceTier,
  readTiers,
  tryTierPrice,
} from './price-table.ts'
import { modelSeeds } from './seeds.ts'
import { tryOutputLimit } from './output-limits.ts'
import { priceAtTier, tryTierFactor } from './service-tiers.ts'
import { createShippedPrices } from './shipped-prices.ts'

/** A model as operators see it. */
export interface ModelDetails extends CatalogModel {
  /** US dollars for 1,000 tokens, for people: what was typed, else from the price of input; null: not known. */
  readonly pricingPer1k: string | null
  /** What was set, where its name does not say it. */
  readonly ownInputs: readonly ModelInput[] | null
  readonly ownFeatures: readonly ModelFeature[] | null
  /** The admin's own price and its history. */
  readonly ownPrice: StoredPrice | null
  /** What applies now, wherever it is from. */
  readonly price: Price | null
  readonly sortOrder: number
  /** The account that was made for it. */
  readonly accountId: string | null
  readonly updatedAt: number
}

/** Null clears a field, undefined leaves it as it is. */
export interface ModelFields {
  readonly name?: string | undefined
  readonly provider?: string | undefined
  readonly contextLimit?: number | null | undefined
  /** Null: as its name says. */
  readonly inputs?: readonly ModelInput[] | null | undefined
  /** Null: as its name says. */
  readonly features?: readonly ModelFeature[] | null | undefined
  readonly pricingPer1k?: string | null | undefined
  readonly price?: PartialPrice | null | undefined
  readonly isActive?: boolean | undefined
  readonly sortOrder?: number | undefined
  readonly accountId?: string | null | undefined
}

export type NewModel = ModelFields & {
  readonly id: string
  readonly name: string
  readonly provider: string
  /** Whose own it is; it needs an account then. */
  readonly ownerId?: string | null
}

export interface CatalogAdmin extends OutputLimits {
  /** Everybody's, switched off ones too. */
  listDetails(): readonly ModelDetails[]
  /** One person's own. */
  listOwn(userId: string): readonly ModelDetails[]
  findDetails(id: string): ModelDetails | undefined
  getDetails(id: string): ModelDetails
  /** What a model costs now, tier by tier, also one that is not in the catalog; none: not priced. */
  listTiers(model: string): readonly PriceTier[]
  create(model: NewModel): Promise<ModelDetails>
  update(id: string, fields: ModelFields): Promise<ModelDetails>
  remove(id: string): Promise<void>
}

export interface CatalogOptions {
  readonly store: Store
  readonly state: State
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly log: Log
  /** For models that the admin has not priced; the shipped table when none is given. */
  readonly priceTable?: PriceTable
}

export async function createCatalog(options: CatalogOptions): Promise<Catalog & CatalogAdmin & AsyncDisposable> {
  const { store, state, log, priceTable = await createShippedPrices() } = options
  await seed(options)
  const snapshot = await createLiveSnapshot({
    topics: state.topics,
    topic: 'models',
    load: async () => new Models(await listModelRows(store.database), priceTable),
    onError: (err) => log.error({ err }, 'models not loaded: working on with those known'),
  })
  return new ModelCatalog(options, snapshot)
}

/** Only into an empty table: what an admin has taken away does not come back. */
async function seed({ store, clock }: CatalogOptions): Promise<void> {
  await store.transaction(async (transaction) => {
    if ((await listModelRows(transaction)).length > 0) return
    const now = clock()
    for (const { id, name, provider, contextLimit, pricingPer1k } of modelSeeds) {
      const columns = { context_limit: contextLimit, pricing_per_1k_tokens: pricingPer1k }
      await insertModelRow({ id, name, provider, ...columns, created_at: now, updated_at: now }, transaction)
    }
  })
}

/** All models as they stood at one moment. */
class Models {
  readonly byId: ReadonlyMap<string, ModelDetails>
  readonly active: readonly CatalogModel[]
  readonly #table: PriceTable
  readonly #tiers = new Map<string, readonly PriceTier[]>()
  /** By the everyday price: each price is one object, so that it is written and hashed once. */
  readonly #tierPrices = new WeakMap<Price, Map<string, Price>>()

  constructor(rows: readonly ModelRow[], table: PriceTable) {
    this.#table = table
    this.byId = new Map(rows.map((row) => [row.id, this.#detailsOf(row)]))
    this.active = [...this.byId.values()].filter((model) => model.isActive && model.own === undefined)
  }

  tryPrice(model: string, upstreamModel: string, inputTokens: number, serviceTier: string | null): Price | undefined {
    const price = this.#tryEverydayPrice(model, upstreamModel, inputTokens)
    if (price === undefined || serviceTier === null) return price
    const factor = this.#tierFactor([model, upstreamModel], serviceTier)
    const known = this.#tierPrices.get(price) ?? new Map<string, Price>()
    this.#tierPrices.set(price, known)
    const name = factor === undefined ? '' : `${serviceTier} ${factor}`
    const atTier = known.get(name) ?? priceAtTier(price, serviceTier, factor)
    known.set(name, atTier)
    return atTier
  }

  /** The administrator's own, else what is known of the upstream's name, else of the model's. */
  #tierFactor(names: readonly [model: string, upstreamModel: string], tier: string): number | undefined {
    for (const name of names) {
      const own = this.byId.get(name)?.ownPrice?.price?.serviceTiers
      if (own !== undefined && Object.hasOwn(own, tier)) return own[tier]
    }
    const [model, upstreamModel] = names
    return tryTierFactor(upstreamModel, tier) ?? tryTierFactor(model, tier)
  }

  #tryEverydayPrice(model: string, upstreamModel: string, inputTokens: number): Price | undefined {
    const known = this.byId.get(model)
    for (const details of [known, this.byId.get(upstreamModel)]) {
      if (details?.ownPrice?.price && details.price) return details.price
    }
    const tiers = this.#tiersOf(upstreamModel)
    return tryTierPrice(tiers.length > 0 || known === undefined ? tiers : this.#tiersOf(model), inputTokens)
  }

  listTiers(model: string): readonly PriceTier[] {
    const details = this.byId.get(model)
    if (details?.ownPrice?.price && details.price) return [{ start: 0, price: details.price }]
    return this.#tiersOf(model)
  }

  #tiersOf(model: string): readonly PriceTier[] {
    const known = this.#tiers.get(model)
    if (known !== undefined) return known
    const tiers = readTiers(model, this.#table)
    if (this.#tiers.size >= maxRememberedPrices) this.#tiers.clear()
    this.#tiers.set(model, tiers)
    return tiers
  }

  #detailsOf(row: ModelRow): ModelDetails {
    const own = tryStoredPrice(row.price_json)
    const price = own?.price ? completePrice(own.price, `admin@${own.version}`) : this.#tiersOf(row.id)[0]?.price
    const ownInputs = row.inputs_json === null ? null : readInputs(row.inputs_json)
    const ownFeatures = row.features_json === null ? null : readFeatures(row.features_json)
    return {
      id: row.id,
      name: row.name,
      provider: row.provider,
      contextLimit: row.context_limit,
      inputs: ownInputs ?? inputsByName(tellingName(row)),
      features: ownFeatures ?? featuresByName(tellingName(row)),
      ownInputs,
      ownFeatures,
      pricingPer1k: row.pricing_per_1k_tokens ?? (price ? dollarText(Math.round(price.input / 1000)) : null),
      ownPrice: own ?? null,
      price: price ?? null,
      isActive: row.is_active === 1,
      sortOrder: row.sort_order,
      accountId: row.account_id,
      ...(row.owner_id === null || row.account_id === null
        ? {}
        : { own: { userId: row.owner_id, accountId: row.account_id } }),
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }
  }
}

/** A model of somebody's own has no telling id; people name it after what it is. */
function tellingName({ id, name, owner_id: ownerId }: ModelRow): string {
  return ownerId === null ? id : name
}

const maxRememberedPrices = 2_000

class ModelCatalog implements Catalog, CatalogAdmin, AsyncDisposable {
  readonly #options: CatalogOptions
  readonly #snapshot: LiveSnapshot<Models>

  constructor(options: CatalogOptions, snapshot: LiveSnapshot<Models>) {
    this.#options = options
    this.#snapshot = snapshot
  }

  tryModel(id: string): CatalogModel | undefined {
    return this.#snapshot.current.byId.get(id)
  }

  listModels(): readonly CatalogModel[] {
    return this.#snapshot.current.active
  }

  tryPrice(
    model: string,
    upstreamModel: string,
    inputTokens = 0,
    serviceTier: string | null = null,
  ): Price | undefined {
    return this.#snapshot.current.tryPrice(model, upstreamModel, inputTokens, serviceTier)
  }

  tryOutputLimit(model: string, upstreamModel: string): number | undefined {
    const limit = tryOutputLimit(upstreamModel)
    const window = this.tryModel(model)?.contextLimit ?? null
    // The question needs its room, too.
    return window === null ? limit : Math.min(limit ?? Number.POSITIVE_INFINITY, Math.max(1, Math.floor(window / 2)))
  }

  listDetails(): readonly ModelDetails[] {
    return [...this.#snapshot.current.byId.values()].filter((model) => model.own === undefined)
  }

  listOwn(userId: string): readonly ModelDetails[] {
    return [...this.#snapshot.current.byId.values()].filter((model) => model.own?.userId === userId)
  }

  findDetails(id: string): ModelDetails | undefined {
    return this.#snapshot.current.byId.get(id)
  }

  getDetails(id: string): ModelDetails {
    return assertFound(this.#snapshot.current.byId.get(id), 'model')
  }

  listTiers(model: string): readonly PriceTier[] {
    return this.#snapshot.current.listTiers(model)
  }

  async create(model: NewModel): Promise<ModelDetails> {
    const { store, clock } = this.#options
    const now = clock()
    const { id, name, provider, ownerId = null } = model
    const identity = { id, name, provider, owner_id: ownerId, created_at: now, updated_at: now }
    const isNew = await insertModelRow({ ...columnsOf(model, null, now), ...identity }, store.database)
    if (!isNew) throw invalidField('id', fieldFaults.modelTaken)
    await this.#snapshot.changed()
    return this.getDetails(model.id)
  }

  async update(id: string, fields: ModelFields): Promise<ModelDetails> {
    const { store, clock } = this.#options
    await store.transaction(async (transaction) => {
      const row = assertFound(await tryModelRow(id, transaction), 'model')
      const now = clock()
      await updateModelRow(id, { ...columnsOf(fields, row.price_json, now), updated_at: now }, transaction)
    })
    await this.#snapshot.changed()
    return this.getDetails(id)
  }

  async remove(id: string): Promise<void> {
    if (!(await deleteModelRow(id, this.#options.store.database))) throw notFound('model')
    await this.#snapshot.changed()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#snapshot[Symbol.asyncDispose]()
  }
}

type ModelColumns = Partial<Omit<ModelRow, 'id' | 'owner_id' | 'created_at'>>

function columnsOf(fields: ModelFields, priceJson: string | null, now: number): ModelColumns {
  const columns: ModelColumns = {}
  if (fields.name !== undefined) columns.name = fields.name
  if (fields.provider !== undefined) columns.provider = fields.provider
  if (fields.contextLimit !== undefined) columns.context_limit = fields.contextLimit
  if (fields.inputs !== undefined) columns.inputs_json = fields.inputs && JSON.stringify(fields.inputs)
  if (fields.features !== undefined) columns.features_json = fields.features && JSON.stringify(fields.features)
  if (fields.pricingPer1k !== undefined) columns.pricing_per_1k_tokens = fields.pricingPer1k
  if (fields.isActive !== undefined) columns.is_active = fields.isActive ? 1 : 0
  if (fields.sortOrder !== undefined) columns.sort_order = fields.sortOrder
  if (fields.accountId !== undefined) columns.account_id = fields.accountId
  if (fields.price !== undefined) {
    const json = withPrice(priceJson, fields.price, now)
    if (json !== undefined) columns.price_json = json
  }
  return columns
}
