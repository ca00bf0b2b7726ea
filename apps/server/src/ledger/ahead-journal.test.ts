import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Store } from '../store/store.ts'
import { openStore, silentLog } from '../store/testing/open-store.ts'
import type { Ledger } from './ledger.ts'
import { createRetention } from './retention.ts'
import { entryOf, openLedger, settlementOf } from './testing/ledger-surroundings.ts'

let folder: string
let store: Store
let ledger: Ledger
let clockMs: number
const now = () => clockMs
const dayMs = 24 * 3_600_000

beforeEach(async () => {
  clockMs = Date.now()
  folder = mkdtempSync(path.join(tmpdir(), 'parley-ahead-journal-'))
  store = await openFile()
  ledger = await openLedger({ store, now, aheadFolder: path.join(folder, 'first') })
})

afterEach(async () => {
  await ledger[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

let files = 0
function openFile(): Promise<Store> {
  files += 1
  return openStore({ kind: 'sqlite', url: `sqlite:${path.join(folder, `${files}.db`)}` })
}

/** The lines as they are on disk at this moment: what a killed process leaves. */
function snapshot(name: string): string {
  const copy = path.join(folder, name)
  cpSync(path.join(folder, 'first'), copy, { recursive: true })
  return copy
}

function linesOf(name: string): string[] {
  const files = readdirSync(path.join(folder, name))
  return files.flatMap((file) => readFileSync(path.join(folder, name, file), 'utf8').split('\n'))
}

function records({ database }: Store) {
  return database.selectFrom('usage_record').selectAll().orderBy('id').execute()
}

async function counted({ database }: Store): Promise<number> {
  const rows = await database
    .selectFrom('usage_rollup')
    .select('requests')
    .where('dimension', '=', 'all')
    .where('per', '=', 'day')
    .execute()
  return rows.reduce((sum, { requests }) => sum + requests, 0)
}

test('a call that a killed process had settled is in the ledger with what it used, and one that ran is interrupted', async () => {
  const ended = await ledger.open(entryOf())
  ledger.settle(ended, settlementOf({ input: 123, output: 45 }))
  // Its line, which somebody waits for, takes the other one along.
  const running = await ledger.open(entryOf({ inputLength: 700 }))
  const left = snapshot('left')
  assert.deepEqual(await records(store), [])

  await using survivor = await openFile()
  await using next = await openLedger({ store: survivor, nodeId: 'next', aheadFolder: left })
  assert.equal(await next.recover(['node']), 1)
  const rows = await records(survivor)
  assert.deepEqual(
    rows.map(({ id, status, end_reason, input_tokens, output_tokens }) => [
      id,
      status,
      end_reason,
      input_tokens,
      output_tokens,
    ]),
    [
      [ended.requestId, 'settled', 'done', 123, 45],
      [running.requestId, 'settled', 'interrupted', 200, 0],
    ],
  )
  assert.equal(await counted(survivor), 2)
})

test('a call that the table will never take is put aside, and keeps neither the others nor the server back', async () => {
  const [good, bad, running] = await Promise.all([1, 2, 3].map(() => ledger.open(entryOf())))
  assert.ok(good && bad && running)
  for (const ticket of [good, bad]) ledger.settle(ticket, settlementOf())
  while (linesOf('first').filter((line) => line.startsWith('["settled"')).length < 2) await turn()
  const left = snapshot('left')
  for (const file of readdirSync(left)) {
    const lines = readFileSync(path.join(left, file), 'utf8').split('\n')
    const spoilt = lines.map((line) => (line.includes(bad.requestId) ? line.replaceAll('"anthropic"', 'null') : line))
    assert.notDeepEqual(spoilt, lines)
    writeFileSync(path.join(left, file), spoilt.join('\n'))
  }
  await using survivor = await openFile()
  await using _next = await openLedger({ store: survivor, nodeId: 'next', aheadFolder: left })
  const rows = await records(survivor)
  assert.deepEqual(
    new Map(rows.map(({ id, status }) => [id, status])),
    new Map([
      [good.requestId, 'settled'],
      [running.requestId, 'open'],
    ]),
  )
  assert.equal(await counted(survivor), 1)
  const refused = readFileSync(path.join(left, 'refused.jsonl'), 'utf8')
  assert.ok(refused.startsWith('["settled"') && refused.includes(bad.requestId))
  assert.deepEqual(
    linesOf('left').filter((line) => line !== '' && !refused.includes(line)),
    [],
  )
})

test('what is brought in twice is counted once, also when the table had it already', async () => {
  const tickets = await Promise.all([1, 2, 3].map(() => ledger.open(entryOf())))
  const [first, second, third] = tickets
  assert.ok(first && second && third)
  ledger.settle(first, settlementOf())
  await ledger.flush()
  ledger.settle(second, settlementOf())
  while (!linesOf('first').some((line) => line.startsWith('["settled"') && line.includes(second.requestId)))
    await turn()
  for (const name of ['once', 'twice']) {
    const next = await openLedger({ store, nodeId: name, aheadFolder: snapshot(name) })
    await next[Symbol.asyncDispose]()
  }
  ledger.settle(third, settlementOf())
  await ledger.flush()
  const rows = await records(store)
  assert.deepEqual(
    rows.map(({ status, end_reason }) => [status, end_reason]),
    tickets.map(() => ['settled', 'done']),
  )
  assert.equal(await counted(store), 3)
})

test('a call whose row has been taken away since is not brought in anew by its lines', async () => {
  const ended = await ledger.open(entryOf())
  ledger.settle(ended, settlementOf())
  await ledger.flush()
  // The same lines without the end, as of a call whose settlement came to another segment.
  const [whole, opened] = [snapshot('whole'), snapshot('opened')]
  for (const file of readdirSync(opened)) {
    const lines = readFileSync(path.join(opened, file), 'utf8').split('\n')
    writeFileSync(path.join(opened, file), lines.filter((line) => !line.startsWith('["settled"')).join('\n'))
  }
  assert.ok(linesOf('opened').some((line) => line.includes(ended.requestId)))
  clockMs += 31 * dayMs
  await using retention = createRetention({ store, log: silentLog, now, keepDays: 30 })
  assert.equal(await retention.prune(), 1)
  const recent = await ledger.open(entryOf())
  ledger.settle(recent, settlementOf())
  await using _settled = await openLedger({ store, now, nodeId: 'second', aheadFolder: whole })
  await using next = await openLedger({ store, now, nodeId: 'third', aheadFolder: opened })
  assert.equal(await next.recover(['node']), 0)
  await ledger.flush()
  const rows = await records(store)
  assert.deepEqual(
    rows.map(({ id }) => id),
    [recent.requestId],
  )
  assert.equal(await counted(store), 2)
})

test('lines that nobody needs are gone after a minute, also when no call comes any more', async () => {
  const ticket = await ledger.open(entryOf())
  ledger.settle(ticket, settlementOf())
  await ledger.flush()
  assert.equal(readdirSync(path.join(folder, 'first')).length, 1)
  clockMs += 60_000
  while (readdirSync(path.join(folder, 'first')).length > 0) await turn()
  const next = await ledger.open(entryOf())
  assert.ok(linesOf('first').some((line) => line.includes(next.requestId)))
})

test('a running call has a row where people look, and what it had come to is there when its process dies', async () => {
  const ticket = await ledger.open(entryOf())
  await ledger.flush()
  const [row] = await records(store)
  assert.deepEqual([row?.id, row?.status, row?.node_id], [ticket.requestId, 'open', 'node'])
  ledger.settle(ticket, settlementOf({ output: 77 }))
  await ledger.flush()
  const [settled, ...more] = await records(store)
  assert.deepEqual([settled?.status, settled?.output_tokens, more.length], ['settled', 77, 0])
})

test('a ledger that ended in good order leaves no lines', async () => {
  const ticket = await ledger.open(entryOf())
  ledger.settle(ticket, settlementOf())
  const other = await ledger.open(entryOf())
  await ledger[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(path.join(folder, 'first')), [])
  const rows = await records(store)
  assert.deepEqual(
    new Map(rows.map(({ id, status }) => [id, status])),
    new Map([
      [ticket.requestId, 'settled'],
      [other.requestId, 'open'],
    ]),
  )
  ledger = await openLedger({ store, aheadFolder: path.join(folder, 'first') })
})

test('a settlement for which no file can be opened is written all the same', async () => {
  const limits = [{ what: 'requests', per: 'day', max: 1 }] as const
  const ticket = await ledger.open(entryOf({ limits }))
  const other = await ledger.open(entryOf({ model: 'of a name that fills a segment '.repeat(150_000) }))
  // Where the next segment would be.
  writeFileSync(path.join(folder, 'first', '000000000002.jsonl'), '')
  ledger.settle(ticket, settlementOf({ output: 77 }))
  ledger.settle(other, settlementOf())
  await ledger.flush()
  const rows = await records(store)
  assert.deepEqual(
    rows.map(({ status, output_tokens }) => [status, output_tokens]),
    [
      ['settled', 77],
      ['settled', 50],
    ],
  )
  const [state] = await ledger.limitsOf({ kind: 'key', id: 'key' }, limits)
  assert.deepEqual([state?.used, state?.held], [1, 0])
})

test('many calls at once, of which some are written while they run, are each one row', async () => {
  const tickets = await Promise.all(Array.from({ length: 300 }, () => ledger.open(entryOf())))
  const flushing = ledger.flush()
  for (const ticket of tickets.slice(0, 200)) ledger.settle(ticket, settlementOf())
  await flushing
  for (const ticket of tickets.slice(200)) ledger.settle(ticket, settlementOf())
  await ledger.flush()
  const rows = await records(store)
  assert.equal(rows.length, 300)
  assert.ok(rows.every(({ status, output_tokens }) => status === 'settled' && output_tokens === 50))
  assert.equal(await counted(store), 300)
})

test('an id that comes again, from a proxy, is the first call’s: while that is let in, runs, ended, or is in the table', async () => {
  const entry = entryOf({ requestId: 'from-a-proxy', isIdForeign: true })
  const [first, ...others] = await Promise.all([ledger.open(entry), ledger.open(entry)])
  others.push(await ledger.open(entry))
  ledger.settle(first, settlementOf())
  others.push(await ledger.open(entry))
  await ledger.flush()
  others.push(await ledger.open(entry))
  for (const ticket of others) ledger.settle(ticket, settlementOf())
  await ledger.flush()
  assert.equal(first.requestId, 'from-a-proxy')
  assert.deepEqual(
    new Set((await records(store)).map(({ id, status }) => [id, status].join())),
    new Set([first, ...others].map(({ requestId }) => `${requestId},settled`)),
  )
  assert.equal(await counted(store), 5)
})
