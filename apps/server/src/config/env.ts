/**
 * Every setting that comes from the environment: its name, what it does, its default, how it is read. Nothing else reads
 * `process.env`. The table is the documentation: `--help` prints it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { oauthSettings } from './oauth-setting.ts'
import * as readers from './readers.ts'
import type { Read } from './readers.ts'

interface Variable<T> {
  readonly help: string
  /** As one would write it; undefined: not set. */
  readonly fallback: string | undefined
  readonly read: Read<T>
  /** Nobody is shown what it is. */
  readonly isSecret?: true
}

const setting = <R extends Read<unknown>>(read: R, fallback: string, help: string) => ({ read, fallback, help })
const option = <T>(read: Read<T>, help: string) => ({ read, fallback: undefined, help })
const secret = <T>(read: Read<T>, help: string) => ({ read, fallback: undefined, help, isSecret: true as const })

const { duration, email, filePath, flag, list, mailbox, oneOf, origin, proxyRange, text, timeZone, url, wholeNumber } =
  readers
const milliseconds = wholeNumber(0, 86_400_000)

export const variables = {
  'The server': {
    PORT: setting(wholeNumber(0, 65_535), '3000', 'Port to listen on.'),
    HOST: setting(text, '127.0.0.1', 'Address to listen on; 0.0.0.0 lets other machines in.'),
    PUBLIC_URL: option(
      url('http:', 'https:'),
      'How people reach the server, for links. Default: made from HOST and PORT.',
    ),
    DATA_DIR: setting(filePath, './data', 'Folder of database, secrets, logs and backups.'),
    TRUSTED_PROXIES: setting(
      list(proxyRange),
      'loopback',
      'Proxies whose X-Forwarded-For is believed: addresses or CIDR ranges.',
    ),
    ENABLE_CORS: setting(flag, 'true', 'Let pages of other origins call the API.'),
    CORS_ORIGIN: setting(list(origin), '', 'Origins that may, separated by commas; empty: any.'),
    SHUTDOWN_TIMEOUT_MS: setting(
      milliseconds,
      '10000',
      'How long a stop waits for replies that are being written, and then for a database that is away.',
    ),
  },
  'Where things are kept': {
    DATABASE_URL: option(
      url('sqlite:', 'file:', 'postgres:', 'postgresql:'),
      'sqlite:<file> or postgres://user:password@host/name. Default: a file in DATA_DIR.',
    ),
    DATABASE_PATH: option(filePath, 'The SQLite file, when DATABASE_URL is not set.'),
    DATABASE_TIMEOUT_MS: setting(
      wholeNumber(100, 600_000),
      '10000',
      'PostgreSQL that answers nothing for so long counts as away; queries may take longer while it answers others.',
    ),
    REDIS_URL: option(
      url('redis:', 'rediss:'),
      'redis://…: shares limits and streams between several servers. Default: memory of this process.',
    ),
    REDIS_HOST: option(text, 'The same in parts, when REDIS_URL is not set.'),
    REDIS_PORT: setting(wholeNumber(1, 65_535), '6379', 'Port of REDIS_HOST.'),
    REDIS_PASSWORD: secret(text, 'Password of REDIS_HOST.'),
  },
  'Secrets (made on first start and kept in DATA_DIR/secrets.json when not set)': {
    JWT_SECRET: secret(text, 'Signs access tokens: 32 characters or more.'),
    ENCRYPTION_KEY: secret(
      list(text),
      'Encrypts stored credentials: 32 characters, or 32 bytes as base64 or hex. Several, newest first, to rotate.',
    ),
    KEY_PEPPER: secret(
      text,
      'Goes into the hashes of API keys: 32 characters or more. Never change it: all keys would be lost.',
    ),
    METRICS_TOKEN: secret(text, 'Lets others than this machine read /metrics.'),
  },
  People: {
    ADMIN_EMAIL: option(email, 'First administrator, made at start when there is none.'),
    ADMIN_PASSWORD: secret(text, 'Password of ADMIN_EMAIL.'),
    JWT_EXPIRES_IN: setting(duration, '7d', 'Life of an access token.'),
    REFRESH_EXPIRES_IN: setting(duration, '30d', 'A sign-in that is not used for so long ends.'),
    OPEN_REGISTRATION: setting(flag, 'true', 'Let people register themselves.'),
    SINGLE_USER: setting(flag, 'false', 'One account and no more: nobody registers, nobody is invited.'),
    SIGN_INS_PER_MINUTE: setting(wholeNumber(1), '10', 'Sign-in attempts per address.'),
    TOKEN_QUOTA: setting(wholeNumber(0), '1000000', 'Tokens that a new user may use.'),
    SMTP_URL: option(
      url('smtp:', 'smtps:'),
      'smtp://user:password@host:587: sends links to people who forgot their password. Default: administrators are told.',
    ),
    MAIL_FROM: option(mailbox, 'Sender of mail: Parley <parley@example.com>.'),
  },
  'Sign-in with OpenID Connect (its redirect URI is PUBLIC_URL/api/auth/oidc/callback)': {
    OIDC_ISSUER: option(url('https:', 'http:'), 'The provider: https://login.example.com.'),
    OIDC_CLIENT_ID: option(text, 'What it knows this server as.'),
    OIDC_CLIENT_SECRET: secret(text, 'Default: a public client, with PKCE alone.'),
    OIDC_SCOPES: setting(text, 'openid email profile', 'What is asked for, with spaces between.'),
    OIDC_NAME: option(text, 'What the page calls it. Default: the host of OIDC_ISSUER.'),
    OIDC_ALLOW_SIGN_UP: setting(flag, 'false', 'Make an account for those who have none here.'),
    OIDC_LINK_BY_EMAIL: setting(
      flag,
      'false',
      'Let in as the person here who has the same email, if the provider has verified it. Only for a provider that you trust with that.',
    ),
  },
  Chat: {
    DEFAULT_MODEL: setting(text, 'gpt-3.5-turbo', 'Model of new conversations that name none.'),
    CHAT_REQUESTS_PER_MINUTE: setting(wholeNumber(1), '20', 'Messages that a user may send.'),
    SSE_HEARTBEAT_INTERVAL_MS: setting(
      wholeNumber(100, 600_000),
      '15000',
      'Time between ": ping" lines on a silent stream.',
    ),
    USAGE_EMIT: setting(flag, 'true', 'Send usage events on /api/chat streams.'),
    USAGE_PROVIDER_ONLY: setting(flag, 'false', 'Send only usage that the upstream told, never estimates.'),
    TOKENIZER_MODE: setting(
      oneOf('precise', 'heuristic'),
      'precise',
      'How tokens are estimated: precise or heuristic.',
    ),
    COMPLETION_TIMEOUT_MS: setting(
      milliseconds,
      '30000',
      'How long a reply that is sent whole may take; 0: as long as it takes.',
    ),
    COMPLETION_RETRIES: setting(
      wholeNumber(0, 5),
      '2',
      'How often such a reply is asked for again when the model fails.',
    ),
    TITLE_MODEL: option(
      text,
      'Model that gives new conversations their titles; without it, the first words of the reply.',
    ),
    ATTACHMENT_MAX_BYTES: setting(
      wholeNumber(1024, 209_715_200),
      '20971520',
      'Largest file that can be added to a message.',
    ),
    ATTACHMENT_QUOTA_BYTES: setting(wholeNumber(0), '1073741824', 'Bytes of files that one person may keep.'),
    SIMULATOR_DELAY_MS: option(
      wholeNumber(0, 10_000),
      'Time per character of the simulated model. Default: 10 to 50 ms.',
    ),
  },
  'Upstreams and relay': {
    API_BASE_URL: option(
      url('http:', 'https:'),
      'What speaks Anthropic’s API, with API_KEY: the first account, made at start when there is none.',
    ),
    API_KEY: secret(text, 'Key of API_BASE_URL.'),
    PROVIDER_CONNECT_TIMEOUT_MS: setting(milliseconds, '10000', 'Longest time to connect.'),
    PROVIDER_FIRST_BYTE_TIMEOUT_MS: setting(milliseconds, '120000', 'Longest time until an upstream begins to answer.'),
    PROVIDER_MAX_IDLE_MS: setting(milliseconds, '60000', 'Longest silence within an answer.'),
    PROVIDER_TIMEOUT_MS: setting(milliseconds, '300000', 'Longest call.'),
    PROVIDER_BACKOFF_429_MS: setting(
      wholeNumber(0, 60_000),
      '15000',
      'How long the chat waits after a 429 before it asks the last account once more; 0: it does not.',
    ),
    PROVIDER_BACKOFF_5XX_MS: setting(wholeNumber(0, 60_000), '2000', 'The same after other failures of an upstream.'),
    PROVIDER_SLOT_WAIT_MS: setting(milliseconds, '30000', 'How long a call waits in line when all accounts are busy.'),
    PROVIDER_MAX_ATTEMPTS: setting(wholeNumber(1, 10), '3', 'Attempts for one call, over all accounts.'),
    DRAIN_MS: setting(milliseconds, '5000', 'How long to read on after a caller left, to learn what the call used.'),
    DRAIN_BYTES: setting(wholeNumber(0), '1048576', 'How much to read then.'),
    KEEP_RESPONSES_DAYS: setting(
      wholeNumber(0, 3650),
      '30',
      'Days that replies of /v1/responses are kept for clients that go on from them; 0: not at all.',
    ),
    RESPONSE_CACHE_SECONDS: setting(
      wholeNumber(0, 31_536_000),
      '0',
      'How old a reply callers may ask for with the header x-parley-cache, where their key says nothing; 0: none.',
    ),
    RESPONSE_CACHE_SHARED: setting(flag, 'false', 'Keys get the cached replies of other keys, too.'),
    RESPONSE_CACHE_MAX_BYTES: setting(wholeNumber(0), '268435456', 'Most that is kept of cached replies.'),
    UNPRICED_MODELS: setting(
      oneOf('serve', 'refuse'),
      'serve',
      'Models whose price is not known: served, and marked in the records, or refused.',
    ),
    MAX_BODY_BYTES: setting(wholeNumber(1024), '33554432', 'Largest request that is relayed.'),
    UPSTREAM_OAUTH_ANTHROPIC: secret(
      oauthSettings,
      'Sign-in to accounts with OAuth 2.0, as JSON: {"authorize_url", "token_url", "client_id", "client_secret", "scopes", "redirect_uri", "token_format": "form" or "json"}.',
    ),
    UPSTREAM_OAUTH_OPENAI: secret(oauthSettings, 'The same for accounts of kind openai.'),
    UPSTREAM_OAUTH_AZURE_OPENAI: secret(oauthSettings, 'The same for accounts of kind azure-openai.'),
    UPSTREAM_OAUTH_GEMINI: secret(oauthSettings, 'The same for accounts of kind gemini.'),
    TRACE_HOURS: setting(wholeNumber(0, 8760), '72', 'How long it is kept how each call was decided; 0: not at all.'),
    ALLOW_PRIVATE_URLS: setting(flag, 'false', "Let users' own models be at private addresses."),
  },
  Limits: {
    LIMITS_TIME_ZONE: setting(timeZone, 'UTC', 'Where days, weeks (from Monday) and months of limits begin.'),
    LIMITS_WITHOUT_REDIS: setting(
      oneOf('share', 'refuse'),
      'share',
      'While Redis is out of reach each server grants its share of what is left, or refuses limited calls.',
    ),
    USAGE_DAYS: setting(wholeNumber(1, 36_500), '400', 'Days that single calls are kept; their sums stay.'),
  },
  Logs: {
    LOG_LEVEL: setting(
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      'info',
      'fatal, error, warn, info, debug, trace or silent.',
    ),
    LOG_DAYS: setting(wholeNumber(1, 3650), '14', 'Days that files in DATA_DIR/logs are kept.'),
  },
} as const satisfies { [group: string]: { [name: string]: Variable<unknown> } }

type Groups = typeof variables
type VariableOf = { [G in keyof Groups]: Groups[G] }[keyof Groups]
type Names = VariableOf extends infer G ? (G extends unknown ? keyof G : never) : never
type Lookup<N extends Names> = N extends unknown
  ? VariableOf extends infer G
    ? G extends Record<N, infer V>
      ? V
      : never
    : never
  : never
type ValueOf<V> = V extends { read: Read<infer T>; fallback: infer F } ? (F extends string ? T : T | undefined) : never

/** The settings by name, read. */
export type Environment = { readonly [N in Names]: ValueOf<Lookup<N>> }
export type EnvironmentTexts = { readonly [name: string]: string | undefined }

export type VariableGroup = keyof Groups

/** The entry of the table. */
export function variableOf<N extends Names>(name: N): Lookup<N> {
  const group = Object.values(variables).find((one) => Object.hasOwn(one, name))
  return (group as { readonly [name in N]: Lookup<N> })[name]
}

export interface ListedVariable extends Pick<Variable<unknown>, 'help' | 'fallback'> {
  readonly name: keyof Environment
  readonly group: VariableGroup
  readonly isSecret: boolean
}

/** Something that the operator has to put right, and how. */
export interface Problem {
  readonly setting: string
  readonly problem: string
  readonly remedy: string
}

/** What is set for this process: the real environment, then the `.env` file of the working folder. */
export function loadEnvironment(folder = process.cwd()): EnvironmentTexts {
  const file = `${folder}/.env`
  return existsSync(file) ? { ...parseEnv(readFileSync(file, 'utf8')), ...process.env } : process.env
}

/** Every variable, in the order of the table. */
export function listVariables(): readonly ListedVariable[] {
  return Object.entries(variables).flatMap(([group, table]) =>
    Object.entries<Variable<unknown>>(table).map(([name, { help, fallback, isSecret = false }]) => ({
      name: name as keyof Environment,
      group: group as VariableGroup,
      help,
      fallback,
      isSecret,
    })),
  )
}

/** Reads all settings. Those with a problem have their default, and the problem is in the list. */
export function readEnvironment(texts: EnvironmentTexts): { values: Environment; problems: Problem[] } {
  const problems: Problem[] = []
  const values: { [name: string]: unknown } = {}
  for (const [name, variable] of Object.values(variables).flatMap((group) =>
    Object.entries<Variable<unknown>>(group),
  )) {
    const written = texts[name]?.trim()
    const fallback = variable.fallback === undefined ? undefined : variable.read(variable.fallback)
    values[name] = fallback
    if (written === undefined || written === '') continue
    try {
      values[name] = variable.read(written)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      problems.push({ setting: name, problem: error.message, remedy: variable.help })
    }
  }
  return { values: values as Environment, problems }
}

/** The table, for `--help`. */
export function describeEnvironment(): string {
  const groups = Object.entries(variables).map(([group, table]) => {
    const lines = Object.entries<Variable<unknown>>(table).map(([name, { help, fallback }]) => {
      const shown = fallback ? ` [${fallback}]` : ''
      return `  ${name.padEnd(32)}${help}${shown}`
    })
    return `${group}:\n${lines.join('\n')}`
  })
  return groups.join('\n\n')
}
