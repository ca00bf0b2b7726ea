/** Installs what `package-lock.json` asks for and turns on the git hooks. `launch.mjs` does the first by itself. */
import { enableGitHooks } from './launcher/git-hooks.mjs'
import { ensureInstalled, InstallError } from './launcher/installation.mjs'
import { nodeVersionNeeded } from './launcher/node-binary.mjs'

const help = `Usage: node scripts/install.mjs [--help]

Installs the packages of package-lock.json (Node ${nodeVersionNeeded} included) if they are not installed yet,
and turns on the git hooks of this repository.

Environment:
  PARLEY_NO_INSTALL=1   never install (images that bring their own packages)
  PARLEY_NO_HOOKS=1     leave git's core.hooksPath alone`

if (process.argv.includes('--help')) console.log(help)
else await install()

async function install() {
  try {
    await ensureInstalled({ withDevelopment: true })
    enableGitHooks()
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
