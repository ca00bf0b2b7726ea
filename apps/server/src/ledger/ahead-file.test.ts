import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { AheadFile, readLeft } from './ahead-file.ts'

const noLimit = process.platform === 'win32' && 'Windows has no limit for files'
let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'parley-ahead-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

test('what was appended is found again in order, by a process that knows nothing of the first', async () => {
  const file = new AheadFile(folder, Date.now)
  for (const line of ['one', '二', 'three']) file.append(line)
  await file.written
  assert.deepEqual(readLeft(folder).lines, ['one', '二', 'three'])
})

test('a line that was cut off takes no other with it', async () => {
  const file = new AheadFile(folder, Date.now)
  file.append('whole')
  await file.written
  appendFileSync(path.join(folder, readdirSync(folder)[0] ?? ''), '\n{"cut')
  file.append('after')
  await file.written
  assert.deepEqual(readLeft(folder).lines, ['whole', '{"cut', 'after'])
})

test('a full segment goes when its last line is released, and not before', async () => {
  const file = new AheadFile(folder, Date.now)
  const long = 'x'.repeat(3 * 1024 * 1024)
  const first = [file.append(long), file.append(long)]
  await file.written
  file.append('in the next segment')
  await file.written
  assert.equal(readdirSync(folder).length, 2)
  first[0]?.release()
  assert.equal(readdirSync(folder).length, 2)
  first[1]?.release()
  assert.deepEqual(readLeft(folder).lines, ['in the next segment'])
})

test('closing leaves nothing when everything was released, and all that was not', () => {
  const file = new AheadFile(folder, Date.now)
  file.append('a').release()
  file.close()
  assert.deepEqual(readdirSync(folder), [])
  file.append('b')
  file.close()
  assert.deepEqual(readLeft(folder).lines, ['b'])
})

test('a new process leaves the segments of the old one alone until they are removed', async () => {
  const old = new AheadFile(folder, Date.now)
  old.append('old')
  await old.written
  const left = readLeft(folder)
  const young = new AheadFile(folder, Date.now)
  young.append('new')
  await young.written
  left.remove()
  assert.deepEqual(readLeft(folder).lines, ['new'])
})

test('of lines that a full disk took in part none is found again, and the file goes on', { skip: noLimit }, () => {
  const program = `
    import { AheadFile } from ${JSON.stringify(new URL('ahead-file.ts', import.meta.url).href)}
    const file = new AheadFile(${JSON.stringify(folder)}, Date.now)
    file.append('before')
    await file.written
    for (let line = 0; line < 10; line += 1) file.append(String(line).repeat(1000))
    const taken = await file.written.then(() => 'taken', (error) => error.message)
    file.append('after')
    await file.written
    console.log(taken)`
  // No file may become larger than 4 KB: the write that comes to it is cut off there, as on a full disk.
  const limited = ['-c', 'ulimit -f 4; exec "$0" --input-type=module --eval "$1"', process.execPath, program]
  const { stdout, stderr } = spawnSync('bash', limited, { encoding: 'utf8' })
  assert.equal(stdout.trim(), 'the disk took only a part of the lines', stderr)
  assert.deepEqual(readLeft(folder).lines, ['before', 'after'])
})
