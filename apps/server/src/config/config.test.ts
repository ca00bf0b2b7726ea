import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempFolder } from '@parley/testkit'
import { ConfigError, type ConfigOptions, createConfig } from './config.ts'
import { createEncryption } from './encryption.ts'
import { describeEnvironment, type EnvironmentTexts, loadEnvironment } from './env.ts'

const good32 = 'k7Rq2vXw9LmPz4Tn8BcYs6Hd3Gf5JaUe'

function configOf(test: TestContext, texts: EnvironmentTexts = {}, options: ConfigOptions = {}) {
  return createConfig({ DATA_DIR: tempFolder(test), ...texts }, options)
}

function problemsOf(test: TestContext, texts: EnvironmentTexts, options: ConfigOptions = {}) {
  try {
    configOf(test, texts, options)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.problems
  }
  return []
}

describe('the settings', () => {
  it('need nothing', (test) => {
    const config = configOf(test)
    assert.deepEqual([config.host, config.port, config.publicUrl], ['127.0.0.1', 3000, 'http://127.0.0.1:3000'])
    assert.deepEqual(config.database, { kind: 'sqlite', file: path.join(config.dataDir, 'parley.db') })
    assert.deepEqual(config.state, { kind: 'memory' })
    assert.deepEqual(config.cors, { kind: 'any' })
    assert.equal(config.identity.accessTokenSeconds, 7 * 86_400)
    assert.equal(config.identity.minimumPasswordLength, 8)
    assert.deepEqual(
      [config.relay.heartbeatMs, config.relay.idleTimeoutMs, config.relay.totalTimeoutMs],
      [15_000, 60_000, 300_000],
    )
  })

  it('send mail, and sign in through a provider, only when all of it is set', (test) => {
    const none = configOf(test)
    assert.deepEqual([none.mail, none.oidc], [undefined, undefined])
    const half = problemsOf(test, { SMTP_URL: 'smtp://mail.example', OIDC_CLIENT_ID: 'parley', OIDC_SCOPES: 'email' })
    assert.deepEqual(
      half.map(({ setting }) => setting),
      ['MAIL_FROM', 'OIDC_ISSUER', 'OIDC_SCOPES'],
    )
    assert.equal(problemsOf(test, { SMTP_URL: 'smtp://mail.example', MAIL_FROM: 'nobody' })[0]?.setting, 'MAIL_FROM')
    const { mail, oidc } = configOf(test, {
      SMTP_URL: 'smtps://mail.example',
      MAIL_FROM: 'Parley <parley@example.com>',
      OIDC_ISSUER: 'https://login.example.com/realms/team',
      OIDC_CLIENT_ID: 'parley',
    })
    assert.equal(mail?.from, 'Parley <parley@example.com>')
    assert.deepEqual(
      [oidc?.name, oidc?.scopes, oidc?.isSignUpAllowed, oidc?.isLinkedByEmail],
      ['login.example.com', 'openid email profile', false, false],
    )
  })

  it('say how to sign in to upstreams, or what is missing for it', (test) => {
    const given = {
      authorize_url: 'https://login.example/authorize',
      token_url: 'https://login.example/token',
      client_id: 'team',
      scopes: 'a b',
      redirect_uri: 'http://localhost:1455/callback',
    }
    const { upstreams } = configOf(test, { UPSTREAM_OAUTH_ANTHROPIC: JSON.stringify(given) })
    assert.deepEqual(Object.keys(upstreams.oauth), ['anthropic'])
    assert.deepEqual(upstreams.oauth['anthropic'], {
      authorizeUrl: given.authorize_url,
      tokenUrl: given.token_url,
      clientId: 'team',
      clientSecret: undefined,
      scopes: ['a', 'b'],
      redirectUri: given.redirect_uri,
      tokenFormat: 'form',
    })
    const problemWith = (change: object) =>
      problemsOf(test, { UPSTREAM_OAUTH_GEMINI: JSON.stringify({ ...given, ...change }) })[0]?.problem
    assert.equal(problemWith({ client_id: undefined }), 'needs "client_id"')
    assert.match(problemWith({ token_url: 'ftp://x' }) ?? '', /"token_url" to be a URL/)
    assert.match(problemWith({ tokenurl: 'x' }) ?? '', /has no "tokenurl"/)
    assert.equal(problemsOf(test, { UPSTREAM_OAUTH_OPENAI: 'client=1' })[0]?.problem, 'must be a JSON object')
  })

  it('are read as the documents name them', (test) => {
    const config = configOf(test, {
      PORT: '3001',
      JWT_EXPIRES_IN: '12h',
      ENABLE_CORS: 'true',
      CORS_ORIGIN: 'http://localhost:5173/, https://chat.example.com',
      SSE_HEARTBEAT_INTERVAL_MS: '5000',
      PROVIDER_MAX_IDLE_MS: '1000',
      PROVIDER_TIMEOUT_MS: '2000',
      REDIS_HOST: 'redis.local',
      REDIS_PORT: '6380',
      REDIS_PASSWORD: 'p@ss/word',
      DATABASE_PATH: './chat.sqlite',
      USAGE_EMIT: 'false',
      TOKENIZER_MODE: 'heuristic',
      LOG_LEVEL: 'WARN',
    })
    assert.equal(config.port, 3001)
    assert.equal(config.identity.accessTokenSeconds, 43_200)
    assert.deepEqual(config.cors, { kind: 'origins', origins: ['http://localhost:5173', 'https://chat.example.com'] })
    assert.deepEqual(config.state, {
      kind: 'redis',
      url: 'redis://:p%40ss%2Fword@redis.local:6380',
      limitsWithout: 'share',
    })
    assert.deepEqual(config.database, { kind: 'sqlite', file: path.resolve('./chat.sqlite') })
    assert.deepEqual([config.chat.isUsageSent, config.chat.tokenizer, config.log.level], [false, 'heuristic', 'warn'])
    assert.equal(configOf(test, { ENABLE_CORS: 'off' }).cors.kind, 'off')
  })

  it('name databases by URL', (test) => {
    const kindOf = (DATABASE_URL: string) => configOf(test, { DATABASE_URL }).database
    assert.deepEqual(kindOf('postgres://u:p@h/d'), {
      kind: 'postgres',
      url: 'postgres://u:p@h/d',
      timeoutMs: 10_000,
    })
    for (const prefix of ['sqlite:', 'sqlite://', 'file:']) {
      assert.deepEqual(kindOf(`${prefix}/srv/chat.db`), { kind: 'sqlite', file: '/srv/chat.db' })
    }
  })

  it('that are wrong are all told at once, each with its remedy', (test) => {
    const problems = problemsOf(test, {
      PORT: 'eighty',
      ENABLE_CORS: 'maybe',
      JWT_EXPIRES_IN: 'soon',
      DATABASE_URL: 'mysql://host/db',
      TRUSTED_PROXIES: 'my-proxy',
      JWT_SECRET: 'your-secret-key-change-this-in-production',
      ENCRYPTION_KEY: 'short',
      ADMIN_EMAIL: 'admin@example.com',
    })
    assert.deepEqual(
      new Set(problems.map(({ setting }) => setting)),
      new Set([
        'PORT',
        'ENABLE_CORS',
        'JWT_EXPIRES_IN',
        'DATABASE_URL',
        'TRUSTED_PROXIES',
        'JWT_SECRET',
        'ENCRYPTION_KEY',
        'ADMIN_PASSWORD',
      ]),
    )
    for (const { remedy } of problems) assert.ok(remedy.length > 10)
    const text = new ConfigError(problems).message
    assert.match(text, /PORT must be a whole number from 0 to 65535/)
    assert.match(text, /JWT_SECRET is a placeholder that everybody knows/)
    assert.equal(text.includes('change-this'), false, 'values are not repeated')
  })

  it('in the environment win over those in the file .env', (test) => {
    const folder = tempFolder(test)
    writeFileSync(path.join(folder, '.env'), 'PARLEY_TEST_ONE=file\nPATH=file\n# comment\nQUOTED="a b"\n')
    const texts = loadEnvironment(folder)
    assert.equal(texts['PARLEY_TEST_ONE'], 'file')
    assert.equal(texts['QUOTED'], 'a b')
    assert.notEqual(texts['PATH'], 'file')
  })

  it('of the demo keep it on this machine, with a folder of its own', (test) => {
    const config = createConfig({ DATA_DIR: tempFolder(test) }, { isDemo: true })
    assert.equal(config.identity.minimumPasswordLength, 6)
    assert.deepEqual(
      problemsOf(test, { HOST: '0.0.0.0' }, { isDemo: true }).map((each) => each.setting),
      ['HOST'],
    )
    assert.deepEqual(problemsOf(test, { HOST: 'localhost' }, { isDemo: true }), [])
    const production = {
      DATABASE_URL: 'postgres://parley@db/parley',
      DATABASE_PATH: 'p.db',
      REDIS_URL: 'redis://cache',
    }
    assert.deepEqual(
      problemsOf(test, production, { isDemo: true }).map((each) => each.setting),
      Object.keys(production),
    )
  })

  it('are all in --help, which is this text', () => {
    const snapshot = fileURLToPath(new URL('./help.snapshot.txt', import.meta.url))
    const help = `${describeEnvironment()}\n`
    if (process.env['UPDATE_SNAPSHOTS'] === '1' || !existsSync(snapshot)) writeFileSync(snapshot, help)
    assert.equal(help, readFileSync(snapshot, 'utf8'), 'run this test with UPDATE_SNAPSHOTS=1 when the change is meant')
    const main = fileURLToPath(new URL('../main.ts', import.meta.url))
    const run = spawnSync(process.execPath, [main, '--help'], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
    assert.ok(run.stdout.endsWith(help))
  })
})

describe('the secrets', () => {
  it('are made on first start, kept for the next, and for nobody else to read', (test) => {
    const dataDir = tempFolder(test)
    const first = createConfig({ DATA_DIR: dataDir }).secrets
    const file = path.join(dataDir, 'secrets.json')
    assert.equal(statSync(file).mode & 0o777, 0o600)
    chmodSync(file, 0o644)
    assert.deepEqual(createConfig({ DATA_DIR: dataDir }).secrets, first)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.notDeepEqual(configOf(test).secrets.jwtSecret, first.jwtSecret)
  })

  it('from the environment come first, and what the kept key encrypted stays readable', (test) => {
    const dataDir = tempFolder(test)
    const sealed = createEncryption(createConfig({ DATA_DIR: dataDir }).secrets).seal('sk-1', 'account')
    const { secrets } = createConfig({
      DATA_DIR: dataDir,
      ENCRYPTION_KEY: good32,
      JWT_SECRET: good32,
      KEY_PEPPER: good32,
    })
    const encryption = createEncryption(secrets)
    assert.equal(encryption.open(sealed, 'account'), 'sk-1')
    assert.equal(encryption.isCurrent(sealed), false)
    assert.equal(Buffer.from(secrets.jwtSecret).toString(), good32)
    assert.equal(Buffer.from(secrets.keyPepper).toString(), good32)
  })

  it('may be written as 32 characters, hex or base64, several to rotate', (test) => {
    const hex = Buffer.from(good32).toString('hex')
    const base64 = Buffer.from(good32).toString('base64')
    const idsOf = (ENCRYPTION_KEY: string) =>
      configOf(test, { ENCRYPTION_KEY }).secrets.encryptionKeys.map((each) => each.id)
    const [id] = idsOf(good32)
    assert.equal(idsOf(hex)[0], id)
    assert.equal(idsOf(base64)[0], id)
    const other = 'Zp0Xc7VnQ2mWe8RtY4uIo6LaSd3FgHjK'
    assert.equal(idsOf(`${other},${good32}`)[1], id)
  })

  it('that are weak are refused by name', (test) => {
    for (const JWT_SECRET of [
      'short',
      'a'.repeat(40),
      'change-me-change-me-change-me-change-me',
      'my-secret-key-my-secret-key-my-secret-key',
    ]) {
      assert.deepEqual(
        problemsOf(test, { JWT_SECRET }).map((each) => each.setting),
        ['JWT_SECRET'],
        JWT_SECRET,
      )
    }
    assert.deepEqual(
      problemsOf(test, { ENCRYPTION_KEY: `${good32}x` }).map((each) => each.setting),
      ['ENCRYPTION_KEY'],
    )
  })

  it('that are damaged stop the start instead of being made anew', (test) => {
    const dataDir = tempFolder(test)
    writeFileSync(path.join(dataDir, 'secrets.json'), '{"jwtSecret":')
    assert.throws(() => createConfig({ DATA_DIR: dataDir }), /secrets\.json is damaged\. Restore it from a backup/)
  })
})
