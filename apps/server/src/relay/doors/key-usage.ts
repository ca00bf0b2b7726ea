import { dollars, isRenewed, shownAmount } from '@parley/contract'
import { wires } from '@parley/wires'
import type { FastifyInstance } from 'fastify'
import { useErrorRenderer } from '../../http/errors.ts'
import type { LimitState } from '../../ledger/limits.ts'
import type { UsageSums } from '../../ledger/statistics.ts'
import { toRelayError } from '../relay.ts'
import { authenticateKey } from './credentials.ts'
import { described, type KeyInfo, type KeyLimit, type KeyUsage } from './described.ts'
import type { DoorParts } from './wire-door.ts'

const dayMs = 24 * 3_600_000

/** What a key has used and what is left to it: for whoever holds the key. */
export function keyUsageDoor(parts: DoorParts) {
  const { ledger } = parts
  return async (app: FastifyInstance): Promise<void> => {
    useErrorRenderer(app, (error, request) =>
      JSON.stringify(wires.anthropic.writeError(toRelayError(error, request.language)).body),
    )
    app.get('/v1/usage', described('keyUsage', 'What this key has used'), async (request): Promise<KeyUsage> => {
      const key = await authenticateKey(request, parts.keys)
      await ledger.flush()
      const now = Date.now()
      const { statistics } = ledger
      const since = (per: 'day' | 'month', from: number) =>
        statistics.total({ by: 'key', per, from, to: now + 1, subject: key.id })
      const [today, thisMonth, total, days, limits] = await Promise.all([
        since('day', now),
        since('month', now),
        since('month', 0),
        statistics.report({ by: 'key', per: 'day', from: now - 29 * dayMs, to: now + 1, subject: key.id, limit: 31 }),
        ledger.limitsOf({ kind: 'key', id: key.id }, key.limits),
      ])
      return {
        key_id: key.id,
        name: key.name,
        today: presentSums(today),
        this_month: presentSums(thisMonth),
        total: presentSums(total),
        days: days.map((row) => ({ date: new Date(row.bucket).toISOString().slice(0, 10), ...presentSums(row) })),
        limits: limits.map(presentLimit),
      }
    })
    app.get('/v1/key-info', described('keyInfo', 'What this key may do'), async (request): Promise<KeyInfo> => {
      const key = await authenticateKey(request, parts.keys)
      const limits = await ledger.limitsOf({ kind: 'key', id: key.id }, key.limits)
      return {
        id: key.id,
        name: key.name,
        is_enabled: key.isEnabled,
        expires_at: key.expiresAt === null ? null : new Date(key.expiresAt).toISOString(),
        models: key.models && [...key.models],
        wires: key.wires && [...key.wires],
        limits: limits.map(presentLimit),
      }
    })
  }
}

function presentSums(sums: UsageSums): KeyUsage['total'] {
  return {
    requests: sums.requests,
    input_tokens: sums.inputTokens,
    output_tokens: sums.outputTokens,
    cache_read_tokens: sums.cacheReadTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    total_tokens: sums.tokens,
    cost_usd: dollars(sums.chargedNanos),
  }
}

function presentLimit({ limit, window, used, held }: LimitState): KeyLimit {
  const { what, per, max } = limit
  const amount = (value: number) => shownAmount(what, value)
  return {
    what,
    per,
    max: amount(max),
    used: amount(used),
    held: amount(held),
    remaining: amount(Math.max(0, max - used - held)),
    resets_at: isRenewed(limit) ? new Date(window.end).toISOString() : null,
  }
}
