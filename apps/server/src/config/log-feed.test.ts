import assert from 'node:assert/strict'
import { pbkdf2 } from 'node:crypto'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { tempFolder } from '@parley/testkit'
import { createWatchedLog } from './log.ts'

const settings = { level: 'info', isPretty: false, keepDays: 14 }
const all = () => true
const messageOf = (line: string) => (JSON.parse(line) as { message: string }).message

function watchedLog(test: TestContext) {
  return createWatchedLog({ settings, folder: path.join(tempFolder(test), 'logs'), output: undefined })
}

describe('watching the log', () => {
  it('gives each line once: those before from the file, those after as they are written', async (test) => {
    const { log, feed } = watchedLog(test)
    log.info('one')
    log.info('two')
    const seen: string[] = []
    const watch = feed.watch((line) => seen.push(messageOf(line)))
    log.info('three')
    assert.deepEqual((await watch.recent(10, all)).map(messageOf), ['one', 'two'])
    assert.deepEqual(seen, ['three'])
    watch.stop()
    log.info('four')
    assert.deepEqual(seen, ['three'])
  })

  it('finds the last wanted lines in a file of many pieces, with letters and long lines across their ends', async (test) => {
    const { log, feed } = watchedLog(test)
    const texts = Array.from({ length: 3000 }, (_, index) => `${index} 电池 ${'长'.repeat(index % 97)}`)
    texts.splice(1500, 0, `0 ${'长'.repeat(100_000)}`)
    for (const text of texts) log.info(text)
    const watch = feed.watch(() => undefined)
    assert.deepEqual((await watch.recent(10_000, all)).map(messageOf), texts)
    assert.deepEqual((await watch.recent(3, all)).map(messageOf), texts.slice(-3))
    const sevens = await watch.recent(2, (line) => line.includes('"7'))
    assert.deepEqual(sevens.map(messageOf), texts.filter((text) => text.startsWith('7')).slice(-2))
    watch.stop()
  })

  it('loses and turns round nothing while lines are being written to a slow disk', async (test) => {
    const { log, feed } = watchedLog(test)
    // The threads that write have other work first.
    const work = Array.from({ length: 8 }, () => promisify(pbkdf2)('a', 'b', 100_000, 64, 'sha512'))
    log.info('x'.repeat(40_000))
    log.info('held')
    const seen: string[] = []
    const first = feed.watch((line) => seen.push(messageOf(line)))
    log.info('between')
    const second = feed.watch(() => undefined)
    log.info('y'.repeat(40_000))
    const lengths = async (watch: typeof first) => (await watch.recent(10, all)).map((line) => messageOf(line).length)
    assert.deepEqual(await lengths(first), [40_000, 4])
    assert.deepEqual(await lengths(second), [40_000, 4, 7])
    assert.deepEqual(
      seen.map(({ length }) => length),
      [7, 40_000],
    )
    await Promise.all(work)
  })

  it('has no lines of before where none are kept', async () => {
    const { log, feed } = createWatchedLog({ settings, folder: undefined, output: undefined })
    log.info('one')
    assert.deepEqual(await feed.watch(() => undefined).recent(10, all), [])
  })

  it('shows no secret', (test) => {
    const { log, feed } = watchedLog(test)
    const seen: string[] = []
    feed.watch((line) => seen.push(line))
    log.info({ password: 'hunter2' }, 'Bearer abcdefghijk')
    assert.equal(seen.length, 1)
    assert.doesNotMatch(seen.join(''), /hunter2|abcdefghijk/)
  })
})
