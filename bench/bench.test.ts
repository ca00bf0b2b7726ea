import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { startLoadProcess } from './load-process.ts'
import { tryReadUsage } from './process-usage.ts'
import { renderReport } from './report.ts'
import { createScenarios, type Scenario } from './scenarios.ts'
import { median, quantile } from './statistics.ts'

const scenario: Scenario = { name: 'a', title: 'A', path: '/', headers: {}, bodies: ['one', 'two'], endsWith: 'END' }

async function startServer(t: TestContext, replies: string[]) {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    bodies.push(Buffer.concat(chunks).toString())
    response.end(replies[bodies.length % replies.length])
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const load = startLoadProcess()
  t.after(() => {
    load.stop()
    server.close()
    server.closeAllConnections()
  })
  return { load, bodies, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('the load generator', { timeout: 20_000 }, () => {
  test('sends each request once, with the variants of the body in turn', async (t) => {
    const { load, bodies, origin } = await startServer(t, ['...END'])
    const result = await load.run({ origin, headers: {}, scenario, count: 10, pace: { concurrency: 3 } })
    assert.equal(result.failures, 0)
    assert.equal(bodies.filter((body) => body === 'one').length, 5)
    assert.equal(bodies.filter((body) => body === 'two').length, 5)
    assert.ok(result.latencyMs.p50 >= result.firstByteMs.p50 && result.firstByteMs.p50 > 0)
  })

  test('counts a cut reply as a failure', async (t) => {
    const { load, origin } = await startServer(t, ['...END', 'cut'])
    const result = await load.run({ origin, headers: {}, scenario, count: 10, pace: { concurrency: 1 } })
    assert.equal(result.failures, 5)
    assert.match(result.firstFailure ?? '', /"cut"/)
  })

  test('keeps a pace whatever the replies do', async (t) => {
    const { load, origin } = await startServer(t, ['END'])
    const result = await load.run({ origin, headers: {}, scenario, count: 20, pace: { perSecond: 100 } })
    assert.equal(result.failures, 0)
    assert.ok(result.requestsPerSecond < 110, `${result.requestsPerSecond} a second`)
  })
})

describe('the scenarios', () => {
  test('are the same for the same seed and others for another', () => {
    assert.deepEqual(createScenarios(1), createScenarios(1))
    assert.notDeepEqual(createScenarios(1)[0]?.bodies, createScenarios(2)[0]?.bodies)
  })

  test('have a large body of the size that coding agents send', () => {
    const sizes =
      createScenarios(1)
        .find(({ name }) => name === 'stream-80k')
        ?.bodies.map((body) => body.length) ?? []
    assert.ok(sizes.length > 0 && sizes.every((size) => size > 70_000 && size < 100_000), sizes.join())
  })
})

describe('the figures', () => {
  test('quantiles are values that were measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index)
    assert.equal(quantile(values, 0.5), 50)
    assert.equal(quantile(values, 0.99), 99)
    assert.equal(median([3, 1, 2]), 2)
    assert.equal(median([Number.NaN, 1]), 1)
  })

  test('CPU time of a process grows as it works', { skip: process.platform !== 'linux' && 'only Linux tells' }, () => {
    const before = tryReadUsage(process.pid)
    const until = performance.now() + 100
    while (performance.now() < until) Math.sqrt(until)
    const after = tryReadUsage(process.pid)
    assert.ok(before && after)
    assert.ok(after.cpuMicroseconds - before.cpuMicroseconds >= 20_000)
    assert.ok(after.peakKilobytes > 10_000)
  })

  test('the page says how much more Parley needs than the bare pass-through', () => {
    const figures = (cpuMicroseconds: number | undefined, ms: number) => ({
      requestsPerSecond: 1000,
      latencyMs: { p50: ms, p99: ms },
      firstByteMs: { p50: ms, p99: ms },
      cpuMicroseconds,
    })
    const subject = (name: 'direct' | 'bare' | 'parley') => ({
      name,
      title: name,
      origin: '',
      headers: {},
      pid: undefined,
      isCompiledLate: false,
      stop: async () => {},
    })
    const all = { direct: figures(undefined, 1), bare: figures(100, 1.5), parley: figures(150, 1.75) }
    const page = renderReport({
      plan: {
        subjects: [subject('direct'), subject('bare'), subject('parley')],
        scenarios: [scenario],
        rounds: 1,
        count: 1,
        warmUp: 0,
        longWarmUp: 0,
        concurrency: 1,
        paced: { perSecond: 50, count: 1 },
      },
      results: { busy: { a: all }, paced: all, peakMegabytes: { parley: 90 } },
      missing: ['nginx (not on PATH)'],
      at: new Date('2026-11-20T00:00:00Z'),
    })
    assert.match(page, /\| parley \| 1000 \|.*\| 150 \| 1\.50 \|/)
    assert.match(page, /\| parley \| 1\.75 \/ 1\.75 \| 0\.75 \/ 0\.75 \|/)
    assert.match(page, /\| direct \|.*\| – \| – \|/)
    assert.match(page, /2026-11-20/)
    assert.match(page, /not measured here: nginx/)
  })
})
