import { reasonText } from '@parley/contract'
import type { WireName } from '@parley/wires'
import type { Account, AccountKind, Candidate } from './account.ts'
import { accountKinds } from './account.ts'
import type { AccountRow } from './account-repository.ts'
import { type AccountSecrets, openSecrets } from './account-secrets.ts'
import { type Endpoint, readEndpoint } from './endpoint.ts'
import type { Encryption } from '../config/encryption.ts'
import { type ModelMap, tryUpstreamModel } from './served-models.ts'

/** An account with all that a call on it needs. */
export interface PooledAccount {
  readonly account: Account
  readonly row: AccountRow
  readonly models: ModelMap
  readonly secrets: AccountSecrets
  readonly endpoint: Endpoint
}

/** An account that cannot be used, and why. */
export interface BrokenAccount {
  readonly row: AccountRow
  readonly reason: string
}

/**
 * All accounts as they stood at one moment. Who serves a model is worked out once for each name and kept.
 */
export class Pool {
  readonly accounts = new Map<string, PooledAccount>()
  readonly broken = new Map<string, BrokenAccount>()
  readonly #candidates = new Map<string, readonly Candidate[]>()
  readonly #simulated = new Map<string, readonly Candidate[]>()

  constructor(rows: readonly AccountRow[], encryption: Encryption) {
    for (const row of rows) {
      const pooled = tryPool(row, encryption)
      if ('reason' in pooled) this.broken.set(row.id, pooled)
      else this.accounts.set(row.id, pooled)
    }
  }

  /** Enabled real accounts that serve the model. */
  candidates(model: string): readonly Candidate[] {
    return remembered(this.#candidates, model, () => this.#find(model, (kind) => kind !== 'simulator'))
  }

  /** Enabled simulators for the model: those that name it, and if it is an active one of the catalog, those that name none. */
  simulated(model: string, isActive: boolean): readonly Candidate[] {
    return remembered(this.#simulated, `${isActive ? '+' : '-'}${model}`, () =>
      this.#find(model, (kind) => kind === 'simulator', isActive),
    )
  }

  /** Public ids that enabled accounts name. */
  servedModels(): string[] {
    const named = [...this.accounts.values()]
      .filter(({ row }) => row.is_enabled === 1)
      .flatMap(({ models }) => (models === null ? [] : [...models.keys()]))
    return [...new Set(named)].sort()
  }

  accountIdsIn(groups: readonly string[]): string[] {
    return [...this.accounts.values()].flatMap(({ account }) =>
      account.groups.some((group) => groups.includes(group)) ? [account.id] : [],
    )
  }

  #find(model: string, isWanted: (kind: AccountKind) => boolean, isActive = false): Candidate[] {
    const found: Candidate[] = []
    for (const { account, row, models } of this.accounts.values()) {
      if (row.is_enabled !== 1 || !isWanted(account.kind)) continue
      const isFreeSimulator = account.kind === 'simulator' && models === null
      const upstreamModel = isFreeSimulator
        ? isActive && model
        : tryUpstreamModel(model, { kind: account.kind, isCustom: row.base_url !== null, models })
      if (upstreamModel) found.push({ account, upstreamModel })
    }
    return found
  }
}

/** Names come from callers: what is kept of them is bounded in number and length. */
const maxRemembered = 2_000
const maxRememberedLength = 200

function remembered<T>(memory: Map<string, T>, key: string, work: () => T): T {
  const known = memory.get(key)
  if (known !== undefined) return known
  const value = work()
  if (key.length > maxRememberedLength) return value
  if (memory.size >= maxRemembered) memory.clear()
  memory.set(key, value)
  return value
}

function tryPool(row: AccountRow, encryption: Encryption): PooledAccount | BrokenAccount {
  try {
    const kind = readKind(row.kind)
    const secrets = openSecrets(row, encryption)
    const { apiKey, tokens, headers } = secrets
    const accessToken = tokens?.accessToken ?? null
    const endpoint = readEndpoint({
      kind,
      baseUrl: row.base_url,
      apiKey,
      accessToken,
      headers,
      wires: readWires(row.wires_json),
    })
    const account: Account = {
      id: row.id,
      name: row.name,
      kind,
      priority: row.priority,
      weight: row.weight,
      maxConcurrency: row.max_concurrency,
      isSchedulable: row.is_schedulable === 1,
      groups: JSON.parse(row.groups_json) as string[],
      wires: endpoint.wires,
    }
    return { account, row, models: readModelMap(row.models_json), secrets, endpoint }
  } catch (error) {
    return { row, reason: reasonText('cannotBeUsed', {}, error instanceof Error ? error.message : String(error)) }
  }
}

function readKind(text: string): AccountKind {
  const kind = accountKinds.find((known) => known === text)
  if (kind === undefined) throw new Error(reasonText('unknownKind', { kind: text }))
  return kind
}

export function readWires(json: string | null): readonly WireName[] | null {
  return json === null ? null : (JSON.parse(json) as WireName[])
}

function readModelMap(json: string | null): ModelMap {
  return json === null ? null : new Map(Object.entries(JSON.parse(json) as { [id: string]: string }))
}
