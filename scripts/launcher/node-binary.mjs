/** Where the Node that Parley needs comes from: the one running, or the platform package that npm installed. */
import { existsSync } from 'node:fs'
import path from 'node:path'

export const nodeVersionNeeded = 24

export function runsNeededNode() {
  return Number(process.versions.node.split('.')[0]) >= nodeVersionNeeded
}

/** The path of the installed Node, or undefined. Apple silicon's package has a name of its own. */
export function tryFindNode(root) {
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  return [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]
    .map((folder) => path.join(root, 'node_modules', folder, 'bin', name))
    .find((file) => existsSync(file))
}
