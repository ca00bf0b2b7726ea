/** A whole server, in its demo mode unless said, and a real browser to use its page with. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { watchLoading } from './loading.ts'

export const account = { email: 'test@test.com', password: '123456' }

const root = path.resolve(import.meta.dirname, '../../..')

const disabledFeatures = [
  // What the address bar suggests is two pages of Chromium's own, loaded for each window: half of what a window costs.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  // What Playwright (1.65) disables: of two lists only the last one counts.
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'ThirdPartyStoragePartitioning',
]

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  `--disable-features=${disabledFeatures.join(',')}`,
]

export interface PageOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  readonly language?: 'en' | 'zh'
  readonly isPhone?: boolean
  /** Instead of starting on the sign-in page. */
  readonly isSignedIn?: boolean
  /** Another page of the same browser profile: they share what is stored. */
  readonly context?: BrowserContext
}

export interface SitePage {
  readonly page: Page
  /** What the page complained about: every error in its console is one. */
  readonly complaints: string[]
}

export interface Site extends AsyncDisposable {
  readonly origin: string
  /** Printed at the first start, for the first administrator. */
  readonly setUpLink: string
  newPage(options?: PageOptions): Promise<SitePage>
  /** All of them, after each test: what goes on in them would slow down the next. */
  closePages(): Promise<void>
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  upload(name: string, content: Uint8Array): Promise<{ readonly id: string }>
  /** Kills the server as a power cut would, or stops it as an operator does, and starts it again on the same data. */
  restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

export interface SiteOptions {
  readonly chromiumPath: string
  readonly environment?: Readonly<Record<string, string>>
  /** Who is signed in on its pages: one of the demo's people unless said, and then the administrator whom it starts with. */
  readonly person?: typeof account
  /** False: a server on which nobody has said anything yet; `person` is its administrator. */
  readonly isDemo?: boolean
}

export async function openSite({
  chromiumPath,
  environment = {},
  person = account,
  isDemo = true,
}: SiteOptions): Promise<Site> {
  if (!existsSync(path.join(root, 'apps/web/dist/index.html'))) {
    const { build } = await import('vite')
    await build({ root: path.join(root, 'apps/web'), logLevel: 'error' })
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-page-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const administrator = person === account ? {} : { ADMIN_EMAIL: person.email, ADMIN_PASSWORD: person.password }
  const start = () => startServer({ ...administrator, ...environment, PORT: String(port), DATA_DIR: folder }, isDemo)
  let { server, output } = await start()
  const setUpLink = /http\S+\/setup#\S+/.exec(output)?.[0] ?? ''
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    args: chromiumArguments,
  })
  const session = await signIn(origin, person)
  return {
    origin,
    setUpLink,
    newPage: async (options = {}) => await newPage(browser, origin, { ...options, session }),
    async call<T>(method: string, place: string, body?: unknown) {
      const response = await fetch(origin + place, {
        method,
        headers: { authorization: `Bearer ${session.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const answer = (await response.json()) as { data: T; error?: string }
      if (!response.ok) throw new Error(`${method} ${place}: ${answer.error}`)
      return answer.data
    },
    async upload(name, content) {
      const response = await fetch(`${origin}/api/attachments?name=${encodeURIComponent(name)}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${session.token}`, 'content-type': 'application/octet-stream' },
        body: Uint8Array.from(content),
      })
      return ((await response.json()) as { data: { id: string } }).data
    },
    async restart(signal = 'SIGKILL') {
      server.kill(signal)
      await once(server, 'exit')
      ;({ server, output } = await start())
    },
    closePages: async () => void (await Promise.all(browser.contexts().map((context) => context.close()))),
    async [Symbol.asyncDispose]() {
      await browser.close()
      server.kill('SIGKILL')
      await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface SignedIn {
  readonly token: string
}

async function signIn(origin: string, person: typeof account): Promise<SignedIn> {
  const response = await fetch(`${origin}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(person),
  })
  return ((await response.json()) as { data: SignedIn }).data
}

async function newPage(
  browser: Browser,
  origin: string,
  {
    width = 1280,
    height = 800,
    theme = 'light',
    language = 'en',
    isPhone = false,
    ...options
  }: PageOptions & { session: SignedIn },
): Promise<SitePage> {
  const stored = { origin, localStorage: [{ name: 'parley.session', value: JSON.stringify(options.session) }] }
  const context =
    options.context ??
    (await browser.newContext({
      baseURL: origin,
      viewport: { width, height },
      colorScheme: theme,
      locale: language === 'zh' ? 'zh-CN' : 'en-US',
      hasTouch: isPhone,
      isMobile: isPhone,
      ...(options.isSignedIn === false ? {} : { storageState: { cookies: [], origins: [stored] } }),
    }))
  // Only a machine that has much else to do comes near it.
  context.setDefaultTimeout(30_000)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error.stack)))
  watchLoading(page)
  return { page, complaints }
}

async function startServer(
  environment: Record<string, string>,
  isDemo: boolean,
): Promise<{ server: ChildProcess; output: string }> {
  // What it compiles is kept for the next one.
  const program = ['--import', './scripts/test/compile-cache.mjs', 'apps/server/src/main.ts']
  const server = spawn(process.execPath, [...program, ...(isDemo ? ['--demo'] : [])], {
    cwd: root,
    env: { SIMULATOR_DELAY_MS: '3', LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  await new Promise<void>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)))
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes(isDemo ? 'This is the demo' : 'is ready')) resolve()
      })
    }
  })
  return { server, output }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
