import { fieldFaults, invalidField } from '@parley/contract'
import type { AccountKind } from './account.ts'
import type { AccountAdmin } from './account-admin.ts'
import type { AccountProbe } from './account-probe.ts'
import { assertPublicUrl } from './private-address.ts'

/** What somebody says who configures one model: where it is, and with which key. */
export interface ModelAccountFields {
  readonly name?: string | undefined
  /** In the provider's own words: `OpenAI`, `claude`, `DeepSeek`; what is not known speaks as OpenAI does. */
  readonly provider?: string | undefined
  readonly apiUrl?: string | undefined
  readonly apiKey?: string | undefined
  /** Public model id → the upstream's name for it. */
  readonly models?: { readonly [id: string]: string } | undefined
}

export interface NewModelAccount extends ModelAccountFields {
  /** Only they may use it, and it may not be at a private address; null: everybody's. */
  readonly ownerId: string | null
  readonly name: string
  readonly provider: string
  readonly apiUrl: string
}

export interface ModelAccounts {
  create(account: NewModelAccount): Promise<string>
  update(id: string, fields: ModelAccountFields): Promise<void>
  remove(id: string): Promise<void>
  /** Without its key; undefined: there is no such account any more. */
  describe(id: string): DescribedModelAccount | undefined
  /** A small real call. */
  test(id: string, model: string): Promise<AccountProbe>
}

export interface DescribedModelAccount {
  readonly apiUrl: string | null
  readonly keyHint: string | null
  readonly models: { readonly [id: string]: string } | null
}

/** Accounts that are made for one model. Its owner's are for callers that are pinned to them: see `mayUse`. */
export function createModelAccounts(options: { admin: AccountAdmin; allowPrivateUrls: boolean }): ModelAccounts {
  const { admin, allowPrivateUrls } = options

  async function assertReachable(apiUrl: string | undefined, ownerId: string | null): Promise<void> {
    if (apiUrl === undefined || ownerId === null || allowPrivateUrls) return
    await assertPublicUrl(apiUrl, 'apiUrl')
  }

  return {
    async create({ ownerId, provider, apiUrl, apiKey, name, models }) {
      const baseUrl = readApiUrl(apiUrl)
      await assertReachable(apiUrl, ownerId)
      const kind = kindOf(provider)
      const isSchedulable = ownerId === null
      const account = await admin.create({
        name,
        kind,
        baseUrl,
        apiKey: apiKey ?? null,
        models,
        ownerId,
        isSchedulable,
      })
      return account.id
    },
    async update(id, { name, provider, apiUrl, apiKey, models }) {
      const account = admin.get(id)
      const baseUrl = apiUrl === undefined ? undefined : readApiUrl(apiUrl)
      await assertReachable(apiUrl, account.ownerId)
      const kind = provider === undefined ? account.kind : kindOf(provider)
      // What an upstream of another kind spoke is nothing that this one does.
      const wires = kind === account.kind ? undefined : null
      await admin.update(id, { name, kind, baseUrl, apiKey, models, wires })
    },
    remove: async (id) => await admin.remove(id),
    describe(id) {
      const account = admin.find(id)
      return account && { apiUrl: account.baseUrl, keyHint: account.credentialHint, models: account.models }
    },
    test: async (id, model) => await admin.test(id, model),
  }
}

function kindOf(provider: string): AccountKind {
  if (/anthropic|claude/i.test(provider)) return 'anthropic'
  if (/gemini|google/i.test(provider)) return 'gemini'
  if (/azure/i.test(provider)) return 'azure-openai'
  return 'openai'
}

/** People paste the whole address of a call; the base URL ends before the wire's own path. */
function readApiUrl(text: string): string {
  if (!URL.canParse(text)) throw invalidField('apiUrl', fieldFaults.notUrl)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') throw invalidField('apiUrl', fieldFaults.apiUrlCredential)
  url.pathname = url.pathname.replace(/\/(?:chat\/completions|completions|messages|responses|models)\/?$/, '')
  return url.href.replace(/\/$/, '')
}
