import type { Price } from '@parley/contract'
import type { ModelFeature } from './model-features.ts'
import type { ModelInput } from './model-inputs.ts'

/** A model that can be asked for by its public id. */
export interface CatalogModel {
  readonly id: string
  readonly name: string
  readonly provider: string
  /** Tokens that fit in its window; null: not known. */
  readonly contextLimit: number | null
  /** What it reads besides text. */
  readonly inputs: readonly ModelInput[]
  /** What it is known to do beyond answering. */
  readonly features: readonly ModelFeature[]
  readonly isActive: boolean
  /** Set when it is one person's own: theirs alone, by the account that they have configured for it. */
  readonly own?: { readonly userId: string; readonly accountId: string }
  readonly createdAt: number
}

export interface Catalog {
  /** Everybody's or somebody's own. Synchronous: from a snapshot that is replaced whole on changes. */
  tryModel(id: string): CatalogModel | undefined
  /** Everybody's, those that are switched on. */
  listModels(): readonly CatalogModel[]
  /**
   * The price in force for a model: the admin's own, else that of the shipped table for the upstream's name; undefined:
   * not priced. `inputTokens`: the call's whole input, cached tokens included, for prices that depend on its length.
   * `serviceTier`: null or nothing is the everyday one.
   */
  tryPrice(model: string, upstreamModel: string, inputTokens?: number, serviceTier?: string | null): Price | undefined
}

export interface OutputLimits {
  /** How long a reply that nobody has limited may become, as far as it is known: the upstream would refuse to be asked for more. */
  tryOutputLimit(model: string, upstreamModel: string): number | undefined
}
