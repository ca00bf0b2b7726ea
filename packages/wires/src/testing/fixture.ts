import { readFileSync } from 'node:fs'

export function readFixture(path: string): Buffer {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url))
}

export function readJsonFixture(path: string): unknown {
  return JSON.parse(readFixture(path).toString('utf8'))
}
