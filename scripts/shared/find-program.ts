import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Where a program is on this machine, or undefined. `also` are folders that are often not on the PATH. */
export function tryFindProgram(name: string, also: string[] = []): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  return [...folders, ...also].map((folder) => path.join(folder, name)).find(isExecutable)
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
