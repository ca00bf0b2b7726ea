/**
 * `npm run setup`: makes the secrets, the database and the first administrator without a browser. It asks what it was not
 * told, when there is somebody to ask.
 */
import { parseArgs } from 'node:util'
import { cancel, intro, outro, password as askPassword, text } from '@clack/prompts'
import { ParleyError } from '@parley/contract'
import { ConfigError, createConfig } from '../config/config.ts'
import { loadEnvironment } from '../config/env.ts'
import { createQuietLog } from '../config/log.ts'
import { createIdentity } from '../identity/service.ts'
import { createState } from '../state/create-state.ts'
import { createStore } from '../store/create-store.ts'

const usage = `Usage: npm run setup [-- --email <email> --password <password> [--username <name>]]

Makes the secrets, the database and the first administrator, in the data folder or database that the settings name
(npm start -- --help lists them). What is not given is asked for, or taken from ADMIN_EMAIL and ADMIN_PASSWORD.`

class SetupError extends Error {
  override readonly name = 'SetupError'
}

await main()

async function main(): Promise<void> {
  try {
    const { values } = parseArgs({
      options: {
        email: { type: 'string' },
        password: { type: 'string' },
        username: { type: 'string' },
        help: { type: 'boolean' },
      },
    })
    if (values.help) console.log(usage)
    else await setUp(values)
  } catch (error) {
    console.error(describeFailure(error))
    process.exitCode = error instanceof ConfigError ? 2 : 1
  }
}

interface Given {
  readonly email?: string | undefined
  readonly password?: string | undefined
  readonly username?: string | undefined
}

async function setUp(given: Given): Promise<void> {
  const config = createConfig(loadEnvironment())
  const { log } = createQuietLog(config)
  await using store = await createStore(config.database, { dataDir: config.dataDir, log })
  await using state = await createState({ kind: 'memory' }, { log })
  await using identity = await createIdentity({ config, store, state, clock: Date.now, log })
  if (!(await identity.firstAdmin.isNeeded())) throw new ParleyError('setup_done')
  const answers = await complete({
    email: given.email ?? config.admin?.email,
    password: given.password ?? config.admin?.password,
    username: given.username,
  })
  const admin = await identity.firstAdmin.create(answers)
  console.log(`\n${admin.email} is the administrator of ${config.publicUrl}. Start it with: npm start\n`)
}

/** Asks for what is missing. */
async function complete({
  email,
  password,
  username,
}: Given): Promise<{ email: string; password: string; username?: string }> {
  const named = username === undefined ? {} : { username }
  if (email !== undefined && password !== undefined) return { email: assertEmail(email), password, ...named }
  if (!process.stdin.isTTY) throw new SetupError(`There is nobody to ask.\n\n${usage}`)
  intro('Parley: the first administrator')
  const answers = {
    email: email ?? answered(await text({ message: 'Email', validate: (value) => faultOfEmail(value ?? '') })),
    password: password ?? answered(await askPassword({ message: 'Password' })),
  }
  outro('Making it …')
  return { email: assertEmail(answers.email), password: answers.password, ...named }
}

function answered(answer: string | symbol): string {
  if (typeof answer === 'string') return answer
  cancel('Nothing was changed.')
  process.exit(130)
}

function assertEmail(email: string): string {
  const fault = faultOfEmail(email)
  if (fault !== undefined) throw new SetupError(fault)
  return email
}

function faultOfEmail(email: string): string | undefined {
  return /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : 'That is not an email address.'
}

function describeFailure(error: unknown): string {
  if (error instanceof ConfigError) return `These settings are wrong:\n\n  ${error.message.replace(/\n/g, '\n  ')}`
  return error instanceof Error ? error.message : String(error)
}
