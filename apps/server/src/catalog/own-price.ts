import type { PartialPrice } from './price-table.ts'

/** An admin's price for a model, with all that it was before: a ledger row's `admin@3` can always be looked up. */
export interface OwnPrice {
  readonly version: number
  readonly setAt: number
  readonly price: PartialPrice
  /** Null where the admin's price was taken away and the shipped table applied. */
  readonly history: readonly { readonly version: number; readonly setAt: number; readonly price: PartialPrice | null }[]
}

/** What stands in the row: the version counts on also when there is no own price now. */
export interface StoredPrice extends Omit<OwnPrice, 'price'> {
  readonly price: PartialPrice | null
}

export function tryStoredPrice(json: string | null): StoredPrice | undefined {
  return json === null ? undefined : (JSON.parse(json) as StoredPrice)
}

/** The row's column after a change of the price; undefined when nothing changes. */
export function withPrice(json: string | null, price: PartialPrice | null, now: number): string | undefined {
  const stored = tryStoredPrice(json)
  if (JSON.stringify(stored?.price ?? null) === JSON.stringify(price)) return undefined
  const history = stored
    ? [...stored.history, { version: stored.version, setAt: stored.setAt, price: stored.price }]
    : []
  const next: StoredPrice = { version: (stored?.version ?? 0) + 1, setAt: now, price, history }
  return JSON.stringify(next)
}
