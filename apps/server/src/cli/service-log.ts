import { open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from './api-client.ts'

const lookEveryMs = 250

export async function printLog(file: string, lines: number): Promise<void> {
  await print(lastLines(await readLog(file), lines))
}

/** What is there, and then what comes, until this process is ended or nobody reads it any more. */
export async function followLog(file: string, lines: number): Promise<void> {
  const text = await readLog(file)
  let position = Buffer.byteLength(text)
  let isBeingRead = await print(lastLines(text, lines))
  const buffer = Buffer.alloc(64 * 1024)
  await using handle = await open(file)
  while (isBeingRead) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position)
    position += bytesRead
    if (bytesRead > 0) isBeingRead = await print(buffer.subarray(0, bytesRead))
    else await delay(lookEveryMs)
  }
}

/** False: nobody reads it. */
function print(text: string | Uint8Array): Promise<boolean> {
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error)))
}

function lastLines(text: string, count: number): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
    .slice(Math.max(0, lines.length - count))
    .map((line) => `${line}\n`)
    .join('')
}

async function readLog(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new CommandError(`There is no log yet: ${file}`, { cause })
  }
}
