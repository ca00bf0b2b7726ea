/**
 * Brings `node_modules` in line with `package-lock.json`, and costs next to nothing when it already is.
 * Plain JavaScript without dependencies: it runs before anything is installed, on whatever Node the machine has.
 *
 * "In line" is decided by content, never by file times (a checkout or a copy changes those): every package the
 * lockfile asks of this machine must be recorded by npm as installed in that version, and its folder must exist.
 * npm writes its record last, so an installation that was interrupted counts as missing.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeVersionNeeded, runsNeededNode, tryFindNode } from './node-binary.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const lockFile = path.join(root, '.tmp/install.lock')
const dependencyKinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

export class InstallError extends Error {}

/**
 * Installs what is missing, and says so in a line. Throws `InstallError` with what to do about it.
 * `withDevelopment: false` is satisfied with what a server needs (an image built with `npm ci --omit=dev`).
 */
export async function ensureInstalled({ withDevelopment }) {
  if (process.env.PARLEY_NO_INSTALL === '1' || !reasonToInstall(withDevelopment)) return
  const release = await takeLock()
  try {
    // Another installation may have finished while this one waited for the lock.
    const reason = reasonToInstall(withDevelopment)
    if (reason) install(reason, withDevelopment)
  } finally {
    release()
  }
}

/** Why the packages must be installed, or undefined when they are complete. */
function reasonToInstall(withDevelopment) {
  const wanted = tryReadJson('package-lock.json')
  if (!wanted) return 'there is no package-lock.json yet'
  const installed = tryReadJson('node_modules/.package-lock.json')
  if (!installed) return 'nothing is installed yet'
  const changed = changedManifest(wanted)
  if (changed) return `${changed} has changed`
  const folders = foldersThatExist(wanted)
  const missing = Object.entries(wanted.packages).find(
    ([folder, entry]) =>
      folder.includes('node_modules/') &&
      (withDevelopment || !entry.dev) &&
      !isInstalled(folder, entry, installed.packages, folders),
  )
  if (missing) return `${missing[0].replace(/^.*node_modules\//, '')} is not installed as the lockfile says`
  if (!runsNeededNode() && !tryFindNode(root)) return `Node ${nodeVersionNeeded} is not installed`
  return undefined
}

function isInstalled(folder, entry, installed, folders) {
  const record = installed[folder]
  // Optional packages are mostly for other platforms. The one that cannot be done without, Node, is looked for apart.
  if (!record) return Boolean(entry.optional || entry.devOptional)
  const sameContent = !record.integrity || !entry.integrity || record.integrity === entry.integrity
  return record.version === entry.version && sameContent && folders.has(folder)
}

/** Reads each parent folder once, which is several times cheaper than asking for every package. */
function foldersThatExist(lock) {
  const parents = new Set(Object.keys(lock.packages).map((folder) => path.posix.dirname(folder)))
  const found = new Set()
  for (const parent of parents) {
    const absolute = path.join(root, parent)
    if (!parent.includes('node_modules') || !existsSync(absolute)) continue
    for (const name of readdirSync(absolute)) found.add(`${parent}/${name}`)
  }
  return found
}

/** A package.json whose dependencies are not the ones in the lockfile: `npm ci` would refuse it. */
function changedManifest(lock) {
  const folders = Object.keys(lock.packages).filter((folder) => !folder.includes('node_modules/'))
  const manifests = new Set([...folders, ...workspaceFolders()])
  return [...manifests]
    .map((folder) => path.posix.join(folder, 'package.json'))
    .find((file) => !sameDependencies(tryReadJson(file), lock.packages[path.posix.dirname(file).replace(/^\.$/, '')]))
}

function workspaceFolders() {
  const patterns = tryReadJson('package.json')?.workspaces ?? []
  return patterns.flatMap((pattern) => {
    const parent = pattern.replace(/\/\*$/, '')
    if (parent === pattern) return [pattern]
    if (!existsSync(path.join(root, parent))) return []
    return readdirSync(path.join(root, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
  })
}

function sameDependencies(manifest, entry) {
  if (!manifest || !entry) return false
  return dependencyKinds.every((kind) => sortedEntries(manifest[kind]) === sortedEntries(entry[kind]))
}

function sortedEntries(dependencies) {
  return JSON.stringify(Object.entries(dependencies ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function tryReadJson(file) {
  const absolute = path.join(root, file)
  if (!existsSync(absolute)) return undefined
  return JSON.parse(readFileSync(absolute, 'utf8'))
}

function install(reason, withDevelopment) {
  const command = chooseCommand()
  const started = Date.now()
  console.log(`Installing packages with npm ${command}: ${reason}. This takes a few seconds, once.`)
  const include = withDevelopment ? ['--include=dev'] : []
  const result = runNpm([...command.split(' '), ...include, '--no-fund', '--no-audit', '--loglevel=error'])
  const cause = result.error ? ` (${result.error.message})` : ''
  if (result.status !== 0) throw failure(`npm ${command} failed${cause}.`, command)
  const left = reasonToInstall(withDevelopment)
  if (left) throw failure(`npm ${command} finished, but ${left}.`, command)
  console.log(`Installed in ${((Date.now() - started) / 1000).toFixed(1)} s.`)
}

/**
 * `npm ci` is exact, but refuses a lockfile that leaves out packages of other platforms (npm writes such a file when
 * its registry lacks them): those are installed by `npm install`, which leaves the lockfile alone here.
 */
function chooseCommand() {
  const lock = tryReadJson('package-lock.json')
  if (!lock || changedManifest(lock)) return 'install'
  const entries = Object.values(lock.packages)
  const names = new Set(Object.keys(lock.packages).map((folder) => folder.replace(/^.*node_modules\//, '')))
  const complete = entries.every((entry) =>
    Object.keys(entry.optionalDependencies ?? {}).every((name) => names.has(name)),
  )
  return complete ? 'ci' : 'install --no-save'
}

/**
 * Runs the npm that started this script, with the Node that runs it: the `node` first on the PATH may be the one in
 * node_modules, which `npm ci` is about to delete.
 */
function runNpm(parameters) {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env
  const options = { cwd: root, stdio: 'inherit' }
  if (npm?.endsWith('.js') && existsSync(npm)) return spawnSync(node ?? process.execPath, [npm, ...parameters], options)
  return spawnSync('npm', parameters, { ...options, shell: process.platform === 'win32' })
}

function failure(problem, command) {
  return new InstallError(`
${problem}
  1. Is the registry reachable?  npm ping
  2. Try again by hand:          npm ${command} --include=optional
  3. Still failing: delete node_modules and run the same command again.`)
}

/** One installation at a time in this checkout. A lock whose owner has died is taken over, by one process only. */
async function takeLock() {
  mkdirSync(path.dirname(lockFile), { recursive: true })
  const mine = `${process.pid} ${Date.now()}`
  for (let told = false; ; await sleep(200)) {
    if (tryCreate(lockFile, mine)) return () => rmSync(lockFile, { force: true })
    const holder = tryReadText(lockFile)
    if (holder === undefined) continue
    const pid = Number(holder.split(' ')[0])
    if (!isAlive(pid)) takeAway(holder)
    else if (!told) {
      console.log(`Another installation is running (process ${pid}). Waiting for it.`)
      told = true
    }
  }
}

/** Two waiters may both see the same dead owner: whoever creates the token removes that lock, and no other. */
function takeAway(holder) {
  const token = `${lockFile}.taken-from-${holder.replace(' ', '-')}`
  if (!tryCreate(token, '')) return
  if (tryReadText(lockFile) === holder) rmSync(lockFile, { force: true })
  rmSync(token, { force: true })
}

/** Linking a written file into place makes the lock appear with its content, never empty. */
function tryCreate(file, text) {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, text)
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft)
  }
}

function tryReadText(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}
