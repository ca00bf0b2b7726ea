/** `npm run screenshots`: how every page looks, from a server full of made-up people, calls and conversations. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startFakeUpstream } from '@parley/testkit'
import { openSite, type PageOptions, type Site } from '@parley/web/test/site.ts'
import { type Place, placesOf } from './screenshots/places.ts'
import { administrator, fillServer } from './screenshots/sample-data.ts'
import { startTestServices } from './test/services.ts'

const help = `Usage: npm run screenshots [-- [--out <folder>] [--language en|zh] [part of a name …]]

Starts a demo server and Chromium, and writes each page, or those whose name contains one of the parts, as
<name>.<desktop|phone>.<light|dark>.webp.
  --out <folder>     where to (default docs/images/pages, with docs/images/chat.png for the README)
  --language en|zh   the pages' language (default en)

Environment: CHROMIUM_PATH, the browser.`

const images = path.resolve(import.meta.dirname, '../docs/images')
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    out: { type: 'string' },
    language: { type: 'string', default: 'en' },
  },
})

const folder = values.out ?? path.join(images, 'pages')
const sizes = {
  desktop: { width: 1280, height: 800 },
  phone: { width: 390, height: 844, isPhone: true },
} as const
/** All of them live in the repository: smaller than the page, and none above so many bytes. */
const scale = 0.6
const mostBytes = 100_000
const qualities = [40, 25]

if (values.help) console.log(help)
else process.exitCode = await main()

async function main(): Promise<number> {
  const services = await startTestServices({
    ...process.env,
    TEST_POSTGRES_URL: 'not needed',
    TEST_REDIS_URL: 'not needed',
  })
  const chromiumPath = process.env['CHROMIUM_PATH'] ?? services.environment['CHROMIUM_PATH']
  if (chromiumPath === undefined) {
    console.error('There is no Chromium here. Install one, or say in CHROMIUM_PATH where it is.')
    return 1
  }
  await using upstream = await startFakeUpstream()
  await using site = await openSite({
    chromiumPath,
    person: administrator,
    environment: {
      CHAT_REQUESTS_PER_MINUTE: '10000',
      SIGN_INS_PER_MINUTE: '1000',
      SIMULATOR_DELAY_MS: '0',
      LOG_LEVEL: 'info',
    },
  })
  const filled = await fillServer(site, upstream)
  await mkdir(folder, { recursive: true })
  for (const place of placesOf(filled).filter(isWanted)) await photograph(site, place)
  return 0
}

function isWanted({ name }: Place): boolean {
  return positionals.length === 0 || positionals.some((part) => name.includes(part))
}

async function photograph(site: Site, place: Place): Promise<void> {
  const language = values.language === 'zh' ? 'zh' : 'en'
  for (const [size, look] of Object.entries(sizes)) {
    for (const theme of ['light', 'dark'] as const) {
      const image = await take(site, place, { ...look, theme, language })
      const file = path.join(folder, `${place.name}.${size}.${theme}.webp`)
      await writeFile(file, image)
      console.log(`${path.relative(process.cwd(), file)}  ${(image.length / 1000).toFixed(0)} kB`)
    }
  }
}

async function take(site: Site, place: Place, look: PageOptions): Promise<Buffer> {
  const { page } = await site.newPage({ ...look, isSignedIn: place.isForGuests !== true })
  try {
    await page.goto(place.path)
    await page.locator('main, [role=main]').first().waitFor()
    await place.prepare?.(page)
    await page.locator('[aria-busy=true], main .animate-blink').first().waitFor({ state: 'detached' })
    // Charts, colours of code and formulas come a moment later.
    await page.waitForTimeout(500)
    const isReadmes = place.isForReadme === true && look.isPhone !== true && look.theme === 'light'
    if (isReadmes && values.out === undefined) {
      await page.screenshot({ path: path.join(images, 'chat.png') })
    }
    const debug = await page.context().newCDPSession(page)
    const clip = { x: 0, y: 0, width: look.width ?? 0, height: look.height ?? 0, scale }
    for (const quality of qualities) {
      const { data } = await debug.send('Page.captureScreenshot', { format: 'webp', quality, clip })
      const image = Buffer.from(data, 'base64')
      if (image.length < mostBytes) return image
    }
    throw new Error(`${place.name} does not fit into ${mostBytes} bytes`)
  } finally {
    await page.context().close()
  }
}
