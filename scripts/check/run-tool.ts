import { spawn } from 'node:child_process'
import path from 'node:path'

/** Runs a program of node_modules, by this Node. What it printed is the one problem, if it failed. */
export function runTool(root: string, name: string, parameters: string[]): Promise<string[]> {
  const program = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd: root, shell: process.platform === 'win32', env: environment() })
    let output = ''
    const collect = (chunk: Buffer) => {
      output += chunk.toString()
    }
    child.stdout.on('data', collect)
    child.stderr.on('data', collect)
    child.once('error', (cause) => reject(new Error(`${name} cannot be run`, { cause })))
    child.once('close', (code) => resolve(code === 0 ? [] : [output.trim() || `${name} ended with ${code}`]))
  })
}

/** The tools' first lines ask for the `node` on the PATH. */
function environment(): NodeJS.ProcessEnv {
  const folders = [path.dirname(process.execPath), process.env.PATH ?? '']
  return { ...process.env, PATH: folders.join(path.delimiter), NO_COLOR: '1' }
}
