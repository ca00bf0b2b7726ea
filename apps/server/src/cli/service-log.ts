import { open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from './api-client.ts'

const lookEveryMs = 250

export async function printLog(file: string, lines: number): Promise<number> {
  const text = await readLog(file)
  const all = text.split('\n')
  if (all.at(-1) === '') all.pop()
  if (lines > 0)
    process.stdout.write(
      all
        .slice(-lines)
        .map((line) => `${line}\n`)
        .join(''),
    )
  return Buffer.byteLength(text)
}

/** What is there, and then what comes, until this process is ended. */
export async function followLog(file: string, lines: number): Promise<never> {
  let position = await printLog(file, lines)
  const buffer = Buffer.alloc(64 * 1024)
  await using handle = await open(file)
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    position += bytesRead
    if (bytesRead > 0) process.stdout.write(buffer.subarray(0, bytesRead))
    else await delay(lookEveryMs)
  }
}

async function readLog(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new CommandError(`There is no log yet: ${file}`, { cause })
  }
}
