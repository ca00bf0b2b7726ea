import type { Price } from '@parley/contract'
import { noUsage, type Usage } from '@parley/wires'
import { v7 as uuidv7 } from 'uuid'
import { createMemoryState } from '../../state/memory.ts'
import type { State } from '../../state/state.ts'
import type { Store } from '../../store/store.ts'
import { silentLog } from '../../store/testing/open-store.ts'
import type { PriceOf } from '../cost.ts'
import { createLedger, type Ledger } from '../ledger.ts'
import type { OpenEntry, Settlement } from '../ticket.ts'

/** Three dollars in, fifteen out, per million; ten for a thousand searches of the web. */
export const testPrice: Price = {
  input: 3_000_000_000,
  output: 15_000_000_000,
  cacheRead: 300_000_000,
  cacheWrite5m: 3_750_000_000,
  cacheWrite1h: 6_000_000_000,
  thinking: 15_000_000_000,
  audioInput: 0,
  audioOutput: 0,
  webSearches: 10_000_000_000_000,
  fileSearches: 2_500_000_000_000,
  source: 'test@1',
}

export interface TestLedgerOptions {
  readonly store: Store
  readonly state?: State
  readonly nodeId?: string
  readonly now?: () => number
  readonly timeZone?: string
  readonly checkpointMs?: number
  readonly aheadFolder?: string
  readonly tokenizer?: 'precise' | 'heuristic'
  readonly priceOf?: PriceOf
}

export function openLedger(options: TestLedgerOptions): Promise<Ledger> {
  const { now = Date.now } = options
  return createLedger({
    state: createMemoryState({ log: silentLog, now }),
    nodeId: 'node',
    timeZone: 'UTC',
    keepDays: 400,
    tokenizer: 'heuristic',
    log: silentLog,
    priceOf: ({ model }) => (model.startsWith('free') ? undefined : testPrice),
    ...options,
    now,
  })
}

export function entryOf(fields: Partial<OpenEntry> = {}): OpenEntry {
  return {
    requestId: uuidv7(),
    userId: null,
    keyId: 'key',
    conversationId: null,
    model: 'priced',
    wire: 'anthropic',
    isStream: true,
    inputLength: 350,
    sample: () => '',
    cacheWrites: () => 'none',
    maxOutputTokens: undefined,
    limits: [],
    ...fields,
  }
}

export function settlementOf(usage: Partial<Usage> = {}, fields: Partial<Settlement> = {}): Settlement {
  return {
    endReason: 'done',
    httpStatus: 200,
    errorCode: null,
    usage: { ...noUsage, input: 100, output: 50, ...usage },
    usageSource: 'upstream',
    contentLength: 175,
    costNanos: 1_050_000,
    price: testPrice,
    accountId: 'account',
    upstreamModel: 'priced',
    attempts: 1,
    firstByteMs: 10,
    durationMs: 30,
    ...fields,
  }
}
