/**
 * What the server runs with, decided once at start-up from the environment (`env.ts`) and `data/secrets.json`.
 *
 * Guarantee: either everything is good, or `createConfig` throws one ConfigError that names every problem with its remedy.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { isLoopback } from './address-range.ts'
import { type Environment, type EnvironmentTexts, type Problem, readEnvironment } from './env.ts'
import { type LiveParts, livePartsOf } from './live-parts.ts'
import type { OAuthSettings } from './oauth-setting.ts'
import { type MailSettings, mailOf, type OidcSettings, oidcOf, problemsOfSignIn } from './sign-in-settings.ts'
import { loadSecrets, problemsOfSecrets, type Secrets } from './secrets.ts'

export interface Config extends LiveParts {
  readonly version: string
  /** What the rest was made of: the variables that were set, and all of them read. */
  readonly environment: { readonly texts: EnvironmentTexts; readonly values: Environment }
  readonly isDemo: boolean
  readonly host: string
  readonly port: number
  /** As people reach it, for links: `http://127.0.0.1:3000`. */
  readonly publicUrl: string
  readonly dataDir: string
  readonly database:
    | { readonly kind: 'sqlite'; readonly file: string }
    | {
        readonly kind: 'postgres'
        readonly url: string
        /** For so long it may leave everything unanswered. */
        readonly timeoutMs?: number
      }
  readonly state:
    | { readonly kind: 'memory' }
    | {
        readonly kind: 'redis'
        readonly url: string
        /** What limits do while it is out of reach: count this node's share, or refuse. */
        readonly limitsWithout: 'share' | 'refuse'
      }
  readonly secrets: Secrets
  readonly admin: { readonly email: string; readonly password: string } | undefined
  readonly log: { readonly level: string; readonly isPretty: boolean; readonly keepDays: number }
  readonly cors:
    | { readonly kind: 'off' }
    | { readonly kind: 'any' }
    | { readonly kind: 'origins'; readonly origins: readonly string[] }
  /** Addresses of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[]
  readonly metricsToken: string | undefined
  readonly allowPrivateUrls: boolean
  /** Undefined: no mail is sent. */
  readonly mail: MailSettings | undefined
  readonly oidc: OidcSettings | undefined
  readonly upstreams: {
    /** Speaks Anthropic's API. Made where there is no account yet; undefined: none is. */
    readonly firstAccount: { readonly baseUrl: string; readonly apiKey: string } | undefined
    /** How to sign in with OAuth, by kind of account. */
    readonly oauth: { readonly [kind: string]: OAuthSettings }
  }
  readonly ledger: {
    /** Where days, weeks and months of limits begin: an IANA name. */
    readonly timeZone: string
    /** How long the single calls are kept; their sums stay. */
    readonly keepDays: number
  }
  readonly simulator: { readonly delayMs: number | undefined }
  /** How long a graceful stop waits for streams. */
  readonly shutdownMs: number
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(({ setting, problem, remedy }) => `${setting} ${problem}.\n    ${remedy}`).join('\n'))
    this.problems = problems
  }
}

export interface ConfigOptions {
  readonly isDemo?: boolean
  /** People watch the log on a terminal. */
  readonly isTerminal?: boolean
}

export function createConfig(
  texts: EnvironmentTexts,
  { isDemo = false, isTerminal = false }: ConfigOptions = {},
): Config {
  const given = isDemo ? { ...texts, DATA_DIR: texts['DATA_DIR'] ?? './data/demo' } : texts
  const { values, problems } = readEnvironment(given)
  const secrets = {
    jwtSecret: values.JWT_SECRET,
    encryptionKeys: values.ENCRYPTION_KEY ?? [],
    keyPepper: values.KEY_PEPPER,
  }
  const minimumPasswordLength = isDemo ? 6 : 8
  problems.push(
    ...problemsOfSecrets(secrets),
    ...problemsOfAdmin(values, minimumPasswordLength),
    ...problemsOfSignIn(values),
  )
  if (isDemo) problems.push(...problemsOfDemo(values))
  if (problems.length > 0) throw new ConfigError(problems)

  return {
    version: readVersion(),
    environment: { texts: given, values },
    isDemo,
    host: values.HOST,
    port: values.PORT,
    publicUrl: (values.PUBLIC_URL ?? defaultUrl(values)).replace(/\/+$/, ''),
    dataDir: values.DATA_DIR,
    database: databaseOf(values),
    state: stateOf(values),
    secrets: loadSecrets(values.DATA_DIR, secrets),
    admin:
      values.ADMIN_EMAIL !== undefined && values.ADMIN_PASSWORD !== undefined
        ? { email: values.ADMIN_EMAIL, password: values.ADMIN_PASSWORD }
        : undefined,
    log: { level: values.LOG_LEVEL, isPretty: isTerminal, keepDays: values.LOG_DAYS },
    cors: corsOf(values),
    trustedProxies: values.TRUSTED_PROXIES,
    metricsToken: values.METRICS_TOKEN,
    allowPrivateUrls: values.ALLOW_PRIVATE_URLS,
    mail: mailOf(values),
    oidc: oidcOf(values),
    ...livePartsOf(values, minimumPasswordLength),
    upstreams: { firstAccount: firstAccountOf(values), oauth: oauthOf(values) },
    ledger: { timeZone: values.LIMITS_TIME_ZONE, keepDays: values.USAGE_DAYS },
    simulator: { delayMs: values.SIMULATOR_DELAY_MS },
    shutdownMs: values.SHUTDOWN_TIMEOUT_MS,
  }
}

/** Everybody knows the passwords of its accounts. */
function problemsOfDemo(values: Environment): Problem[] {
  const remedy = (setting: string) =>
    `Its accounts have known passwords. Leave ${setting} out, or start without --demo.`
  const problems: Problem[] = (['DATABASE_URL', 'DATABASE_PATH', 'REDIS_URL'] as const)
    .filter((setting) => values[setting] !== undefined)
    .map((setting) => ({ setting, problem: 'must not be set for the demo', remedy: remedy(setting) }))
  if (!isLoopback(values.HOST === 'localhost' ? '127.0.0.1' : values.HOST))
    problems.push({ setting: 'HOST', problem: 'must be 127.0.0.1 for the demo', remedy: remedy('HOST') })
  return problems
}

/** Common names: one of them alone may be meant for something else. */
function firstAccountOf({ API_BASE_URL: baseUrl, API_KEY: apiKey }: Environment): Config['upstreams']['firstAccount'] {
  return baseUrl === undefined || apiKey === undefined ? undefined : { baseUrl, apiKey }
}

function oauthOf(values: Environment): Config['upstreams']['oauth'] {
  const byKind = {
    anthropic: values.UPSTREAM_OAUTH_ANTHROPIC,
    openai: values.UPSTREAM_OAUTH_OPENAI,
    'azure-openai': values.UPSTREAM_OAUTH_AZURE_OPENAI,
    gemini: values.UPSTREAM_OAUTH_GEMINI,
  }
  return Object.fromEntries(Object.entries(byKind).flatMap(([kind, settings]) => (settings ? [[kind, settings]] : [])))
}

function problemsOfAdmin(values: Environment, minimumPasswordLength: number): Problem[] {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = values
  if ((email === undefined) !== (password === undefined)) {
    const setting = email === undefined ? 'ADMIN_EMAIL' : 'ADMIN_PASSWORD'
    return [{ setting, problem: 'is missing', remedy: 'Set ADMIN_EMAIL and ADMIN_PASSWORD together, or neither.' }]
  }
  if (password !== undefined && password.length < minimumPasswordLength) {
    return [
      {
        setting: 'ADMIN_PASSWORD',
        problem: 'is too short',
        remedy: `Use ${minimumPasswordLength} characters or more.`,
      },
    ]
  }
  return []
}

function databaseOf(values: Environment): Config['database'] {
  const url = values.DATABASE_URL
  if (url === undefined) return { kind: 'sqlite', file: sqliteFileOf(values) }
  if (/^postgres(ql)?:/.test(url)) return { kind: 'postgres', url, timeoutMs: values.DATABASE_TIMEOUT_MS }
  return { kind: 'sqlite', file: path.resolve(url.replace(/^(sqlite|file):(\/\/)?/, '')) }
}

/** Where the database is as long as DATABASE_URL is not set. */
export function sqliteFileOf({ DATABASE_PATH: file, DATA_DIR: folder }: Environment): string {
  return file ?? path.join(folder, 'parley.db')
}

function stateOf(values: Environment): Config['state'] {
  const limitsWithout = values.LIMITS_WITHOUT_REDIS
  if (values.REDIS_URL !== undefined) return { kind: 'redis', url: values.REDIS_URL, limitsWithout }
  if (values.REDIS_HOST === undefined) return { kind: 'memory' }
  const password = values.REDIS_PASSWORD === undefined ? '' : `:${encodeURIComponent(values.REDIS_PASSWORD)}@`
  return { kind: 'redis', url: `redis://${password}${values.REDIS_HOST}:${values.REDIS_PORT}`, limitsWithout }
}

function corsOf(values: Environment): Config['cors'] {
  if (!values.ENABLE_CORS) return { kind: 'off' }
  const origins = values.CORS_ORIGIN
  return origins.length === 0 || origins.includes('*') ? { kind: 'any' } : { kind: 'origins', origins }
}

function defaultUrl({ HOST: host, PORT: port }: Environment): string {
  const isAny = host === '0.0.0.0' || host === '::'
  const name = isAny ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}
