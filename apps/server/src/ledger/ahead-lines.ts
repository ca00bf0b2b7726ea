import type { Price } from '@parley/contract'
import { noUsage, type Usage } from '@parley/wires'
import type { OpenRow, SettledRow } from './journal.ts'
import type { Planned } from './ticket.ts'

/**
 * How rows stand in the ledger's lines: a kind and values without their names, which would be more than half of a line.
 * A process that died may have left lines that the next version reads: never change the order, what is new goes to the end.
 *
 * /!\ Hot path: two lines for each relayed call, and each byte of them is paid for.
 */
export type Line = { readonly open: OpenRow } | { readonly settled: SettledRow }

const openNames = [
  'id',
  'nodeId',
  'at',
  'userId',
  'keyId',
  'conversationId',
  'model',
  'wire',
  'isStream',
  'estimatedTokens',
] as const satisfies readonly (keyof OpenRow)[]

const tokenNames = [
  'input',
  'output',
  'cacheRead',
  'cacheWrite5m',
  'cacheWrite1h',
  'thinking',
  'audioInput',
  'audioOutput',
] as const satisfies readonly (keyof Usage)[]

const usageNames = [
  ...tokenNames,
  'webSearches',
  'fileSearches',
  'serviceTier',
] as const satisfies readonly (keyof Usage)[]
const priceNames = [...tokenNames, 'source', 'webSearches', 'fileSearches'] as const satisfies readonly (keyof Price)[]
const plannedNames = ['planId', 'sentMs'] as const satisfies readonly (keyof Planned)[]

const settledNames = [
  'id',
  'at',
  'userId',
  'keyId',
  'model',
  'wire',
  'settledAt',
  'accountId',
  'upstreamModel',
  'httpStatus',
  'endReason',
  'errorCode',
  'usageSource',
  'contentLength',
  'costNanos',
  'chargedNanos',
  'priceSource',
  'firstByteMs',
  'durationMs',
  'attempts',
  'usage',
  'price',
  'planned',
  'failedAttempts',
] as const satisfies readonly (keyof SettledRow)[]

export function openLine(row: OpenRow): string {
  const { id, nodeId, at, userId, keyId, conversationId, model, wire, isStream, estimatedTokens } = row
  return JSON.stringify(['open', id, nodeId, at, userId, keyId, conversationId, model, wire, isStream, estimatedTokens])
}

export function settledLine(row: SettledRow): string {
  return JSON.stringify([
    'settled',
    row.id,
    row.at,
    row.userId,
    row.keyId,
    row.model,
    row.wire,
    row.settledAt,
    row.accountId,
    row.upstreamModel,
    row.httpStatus,
    row.endReason,
    row.errorCode,
    row.usageSource,
    row.contentLength,
    row.costNanos,
    row.chargedNanos,
    row.priceSource,
    row.firstByteMs,
    row.durationMs,
    row.attempts,
    [...tokensOf(row.usage), row.usage.webSearches, row.usage.fileSearches, row.usage.serviceTier],
    row.price && [...tokensOf(row.price), row.price.source, row.price.webSearches, row.price.fileSearches],
    row.planned && [row.planned.planId, row.planned.sentMs],
    row.failedAttempts,
  ])
}

function tokensOf(of: Usage | Price): number[] {
  const { input, output, cacheRead, cacheWrite5m, cacheWrite1h, thinking, audioInput, audioOutput } = of
  return [input, output, cacheRead, cacheWrite5m, cacheWrite1h, thinking, audioInput, audioOutput]
}

/** Undefined: the line was cut off. */
export function tryReadLine(text: string): Line | undefined {
  const parsed = tryParse(text)
  if (!Array.isArray(parsed)) return parsed === undefined ? undefined : withAllCounters(parsed as Line)
  const [kind, ...values] = parsed as unknown[]
  if (kind === 'open') return { open: named(openNames, values) as unknown as OpenRow }
  const { usage, price, planned, failedAttempts, ...row } = named(settledNames, values)
  const settled = {
    ...row,
    usage: { ...noUsage, ...named(usageNames, usage as unknown[]) },
    price: price === null ? undefined : named(priceNames, price as unknown[]),
    planned: planned === null ? undefined : named(plannedNames, planned as unknown[]),
    failedAttempts: failedAttempts ?? undefined,
  }
  return { settled: settled as unknown as SettledRow }
}

/** What older versions did not count they did not write. */
function withAllCounters(line: Line): Line {
  if (!('settled' in line)) return line
  return { settled: { ...line.settled, usage: { ...noUsage, ...line.settled.usage } } }
}

function named<Name extends string>(names: readonly Name[], values: readonly unknown[]): { [name in Name]: unknown } {
  const written = names.slice(0, values.length)
  return Object.fromEntries(written.map((name, index) => [name, values[index]])) as { [name in Name]: unknown }
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
