/** Turns on the hooks of this repository (`.githooks`), for whoever works on it. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/** Best effort: a machine without git, or a checkout with hooks of its own, is left as it is. */
export function enableGitHooks() {
  if (process.env.PARLEY_NO_HOOKS === '1') return
  if (!existsSync(path.join(root, '.git')) || !existsSync(path.join(root, '.githooks'))) return
  const git = (...parameters) => execFileSync('git', parameters, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
  if (succeeds(() => git('config', '--get', 'core.hooksPath'))) return
  succeeds(() => git('config', 'core.hooksPath', '.githooks'))
}

function succeeds(action) {
  try {
    action()
    return true
  } catch {
    return false
  }
}
