import type { Catalog } from '../../catalog/catalog.ts'
import type { Attachments } from '../attachments/service.ts'
import type { Store } from '../../store/store.ts'
import { ownConversation } from '../access.ts'
import { fitContext, loadContext } from '../messages/context.ts'
import { lastReply, sumOfTokens } from '../messages/repository.ts'
import type { CountTokens } from '../../ledger/token-counter.ts'

interface TokenCounts {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
}

export interface SessionUsage {
  /** Of all its replies, also those on other branches. */
  readonly totals: TokenCounts
  readonly last_round:
    | (TokenCounts & { context_limit: number | null; createdAt: string; model: string; provider: string | null })
    | null
  /** What the next message would be sent with. */
  readonly current: { prompt_tokens: number; context_limit: number | null; context_remaining: number | null }
}

export interface SessionUsages {
  get(userId: string, conversationId: string): Promise<SessionUsage>
}

export interface SessionUsagesOptions {
  readonly store: Store
  readonly catalog: Catalog
  readonly tokenCounter: () => Promise<CountTokens>
  readonly attachments: Attachments
}

export function createSessionUsages(options: SessionUsagesOptions): SessionUsages {
  const { store, catalog, tokenCounter, attachments } = options
  return {
    async get(userId, conversationId) {
      const conversation = await ownConversation(conversationId, userId, store.database)
      const { active_leaf_id: leafId, model_id: modelId } = conversation
      const { contextLimit = null, inputs = [] } = catalog.tryModel(modelId) ?? {}
      const [sums, last, branch] = await Promise.all([
        sumOfTokens(conversationId, store.database),
        lastReply(conversationId, store.database),
        loadContext({ conversationId, leafId: leafId ?? '', contextLimit }, store.database),
      ])
      const { promptTokens: current } = fitContext({
        modelId,
        system: conversation.system_prompt === null ? [] : [conversation.system_prompt],
        parametersJson: conversation.parameters_json,
        branch,
        contextLimit,
        countTokens: await tokenCounter(),
        reader: { inputs, attachments },
      }).event
      return {
        totals: counts(sums.input, sums.output),
        last_round: last === undefined ? null : lastRound(last, catalog),
        current: {
          prompt_tokens: current,
          context_limit: contextLimit,
          context_remaining: contextLimit === null ? null : Math.max(0, contextLimit - current),
        },
      }
    },
  }
}

function lastRound(
  reply: { input_tokens: number; output_tokens: number; model_id: string | null; created_at: number },
  catalog: Catalog,
): SessionUsage['last_round'] {
  const model = catalog.tryModel(reply.model_id ?? '')
  return {
    ...counts(reply.input_tokens, reply.output_tokens),
    context_limit: model?.contextLimit ?? null,
    createdAt: new Date(reply.created_at).toISOString(),
    model: reply.model_id ?? '',
    provider: model?.provider ?? null,
  }
}

function counts(prompt: number, completion: number): TokenCounts {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion }
}
