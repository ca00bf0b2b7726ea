/** Servers as processes of their own, several of them on one PostgreSQL and one Redis. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { compileCache, fetchWhole } from '@parley/testkit'

const main = path.join(import.meta.dirname, '../../src/main.ts')
const administrator = { email: 'admin@example.com', password: 'correct horse battery' }

/** The same on all nodes, as it must be. */
function secrets(): { [name: string]: string } {
  const made = (letter: string) => letter.repeat(8) + 'Vq3mZx81LpWnTz5K'.repeat(2)
  return { JWT_SECRET: made('j'), ENCRYPTION_KEY: made('e').slice(0, 32), KEY_PEPPER: made('p') }
}

/** Resolves when the node is ready. */
export async function startNode(environment: { readonly [name: string]: string }): Promise<ChildProcess> {
  const env = {
    ...compileCache,
    ...secrets(),
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
    SIGN_INS_PER_MINUTE: '1000',
    LOG_LEVEL: 'error',
    ...environment,
  }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    said += String(chunk)
    if (said.includes('is ready')) break
  }
  if (!said.includes('is ready')) throw new Error(`a node did not start: ${said}`)
  return child
}

/** At once, as a crash would. */
export async function killNode(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The administrator's access token, good on every node. */
export async function signIn(url: string): Promise<string> {
  const signedIn = await fetchWhole(`${url}/api/auth/login`, { body: administrator })
  return (signedIn.json as { data: { token: string } }).data.token
}
