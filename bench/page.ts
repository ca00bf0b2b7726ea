/** `node scripts/launch.mjs bench/page.ts`: how long people wait for the page, and how smoothly it moves, in Chromium. */
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startFakeUpstream } from '@parley/testkit'
import { openSite, type Site, type SitePage } from '@parley/web/test/site.ts'
import { conversationsFile } from './chat-data.ts'
import { pageHeading, performanceDocument, putSection } from './document.ts'
import { quantile } from './statistics.ts'

type Page = SitePage['page']
type Response = Awaited<ReturnType<Page['waitForResponse']>>

interface PageFigure {
  readonly what: string
  readonly value: string
  readonly limit: string
  readonly isKept: boolean
}

const help = `Usage: node scripts/launch.mjs bench/page.ts [options]

Measures the page in Chromium (CHROMIUM_PATH, else /usr/bin/chromium) against a demo server: first load, opening and
scrolling a conversation of 5,000 messages, typing while a reply streams. Prints a table and puts it into
docs/performance.md.

  --dry    writes nothing
  --help   this text`

const administrator = { email: 'bench@parley.test', password: 'a long bench password' }
const messages = 5000
const model = 'bench-markdown'
const limits = { loadBytes: 250_000, openMs: 1000, frameMs: 50 }

async function main(isDry: boolean): Promise<void> {
  const figures = await measurePage(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium')
  const section = renderPageSection(figures)
  console.log(section)
  if (isDry) return
  await writeFile(performanceDocument, putSection(await readFile(performanceDocument, 'utf8'), pageHeading, section))
}

async function measurePage(chromiumPath: string): Promise<readonly PageFigure[]> {
  await using upstream = await startFakeUpstream()
  upstream.always({ text: markdownReply(12_000), eventEveryMs: 4 })
  await using site = await openSite({
    chromiumPath,
    person: administrator,
    environment: {
      CHAT_REQUESTS_PER_MINUTE: '10000',
      SIMULATOR_DELAY_MS: '4',
    },
  })
  await site.call('POST', '/admin/accounts', {
    name: 'Bench',
    kind: 'openai',
    api_key: 'any',
    base_url: upstream.url,
    models: [model],
  })
  await site.call('POST', '/admin/models', { id: model, name: 'Markdown', provider: 'Bench' })
  const long = await longConversation(site)
  const figures = [await firstLoad(site)]
  figures.push(await opening(site, long))
  figures.push(...(await scrolling(site, long)))
  figures.push(...(await typing(site, { what: 'Markdown of many blocks', model, prompt: 'go on' })))
  figures.push(...(await typing(site, { what: 'one endless paragraph', prompt: '/long 12000' })))
  return figures
}

async function longConversation(site: Site): Promise<string> {
  const file = JSON.parse([...conversationsFile(1, messages)].join('')) as unknown
  await site.call('POST', '/api/conversations/import', file)
  const [first] = await site.call<{ id: string }[]>('GET', '/api/conversations')
  return first?.id ?? ''
}

async function firstLoad(site: Site): Promise<PageFigure> {
  const { page } = await site.newPage()
  const responses: Response[] = []
  page.on('response', (response) => response.url().endsWith('.js') && responses.push(response))
  await page.goto('/')
  await page.locator('#composer').waitFor()
  await page.waitForTimeout(300)
  const sizes = await Promise.all(responses.splice(0).map((response) => response.request().sizes()))
  const bytes = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0)
  await page.context().close()
  return {
    what: 'first load, JavaScript compressed',
    value: `${(bytes / 1000).toFixed(0)} kB`,
    limit: '250 kB',
    isKept: bytes < limits.loadBytes,
  }
}

async function opening(site: Site, id: string): Promise<PageFigure> {
  const times: number[] = []
  for (let turn = 0; turn < 5; turn += 1) {
    const { page } = await site.newPage()
    await page.goto('/')
    await page.locator(`a[href="/c/${id}"]`).waitFor()
    times.push(await page.evaluate(openAndWait, id))
    await page.context().close()
  }
  return {
    what: `opening ${messages.toLocaleString('en')} messages, click to picture, median of 5 / slowest`,
    value: `${quantile(times, 0.5).toFixed(0)} / ${quantile(times, 1).toFixed(0)} ms`,
    limit: '1,000 ms',
    isKept: quantile(times, 0.5) < limits.openMs,
  }
}

async function scrolling(site: Site, id: string): Promise<PageFigure[]> {
  const { page } = await site.newPage()
  await page.goto(`/c/${id}`)
  const log = page.getByRole('log')
  await log.getByRole('article').last().waitFor()
  await log.hover()
  await page.waitForTimeout(1000)
  const smoothness = await smoothnessDuring(page, async () => {
    for (let turn = 0; turn < 120; turn += 1) {
      await page.mouse.wheel(0, turn < 100 ? -400 : -4000)
      await page.waitForTimeout(16)
    }
  })
  await page.context().close()
  return [frameFigure('scrolling through it', smoothness)]
}

interface Typing {
  readonly what: string
  readonly model?: string
  readonly prompt: string
}

async function typing(site: Site, { what, model: modelId, prompt }: Typing): Promise<PageFigure[]> {
  const body = modelId === undefined ? {} : { model_id: modelId }
  const { id } = await site.call<{ id: string }>('POST', '/api/conversations', body)
  const { page } = await site.newPage()
  await page.goto(`/c/${id}`)
  const box = page.locator('#composer')
  await box.fill(prompt)
  await box.press('Enter')
  await page.getByRole('article', { name: 'Reply' }).locator('p').first().waitFor()
  const smoothness = await smoothnessDuring(page, async () => {
    while ((await page.getByRole('article', { name: 'Reply' }).getAttribute('aria-busy')) === 'true') {
      await box.pressSequentially('while it streams ', { delay: 35 })
    }
  })
  await page.context().close()
  return [frameFigure(`typing while a reply of 12,000 characters streams, ${what}`, smoothness)]
}

function frameFigure(what: string, { frames, longestTaskMs }: Smoothness): PageFigure {
  const longest = quantile(frames, 1)
  const over = frames.filter((frame) => frame > limits.frameMs).length
  return {
    what: `${what}: frames p50 / p99 / longest, over 50 ms; longest work in one go`,
    value: `${[0.5, 0.99].map((share) => quantile(frames, share).toFixed(0)).join(' / ')} / ${longest.toFixed(0)} ms, ${over} of ${frames.length}; ${longestTaskMs.toFixed(0)} ms`,
    limit: '50 ms',
    isKept: longestTaskMs <= limits.frameMs,
  }
}

/** What the measuring in the page needs of a browser's names. */
interface Browser {
  requestAnimationFrame(callback: (time: number) => void): void
  readonly performance: { now(): number }
  readonly document: { querySelector(selector: string): { click(): void } | null }
  frames?: number[]
  isOver?: boolean
}

interface Smoothness {
  /** Between one picture and the next, as somebody sees it: also what else the machine does is in it. */
  readonly frames: readonly number[]
  /** The longest that the page's own thread was at work in one go: processor time, whatever else goes on. */
  readonly longestTaskMs: number
}

interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Processor time, in microseconds. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

async function smoothnessDuring(page: Page, work: () => Promise<void>): Promise<Smoothness> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page has no browser')
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] })
  const frames = await framesDuring(page, work)
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] }
  return { frames, longestTaskMs: longestTaskOf(trace.traceEvents) }
}

function longestTaskOf(events: readonly TraceEvent[]): number {
  const mains = new Set(
    events
      .filter(({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = events.filter(({ pid, tid, tdur }) => tdur !== undefined && mains.has(`${pid} ${tid}`))
  return Math.max(0, ...tasks.map(({ tdur }) => (tdur ?? 0) / 1000))
}

async function framesDuring(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const browser = globalThis as unknown as Browser
    browser.frames = []
    browser.isOver = false
    let last = browser.performance.now()
    const count = (now: number) => {
      browser.frames?.push(now - last)
      last = now
      if (browser.isOver !== true) browser.requestAnimationFrame(count)
    }
    browser.requestAnimationFrame(count)
  })
  await work()
  return await page.evaluate(() => {
    const browser = globalThis as unknown as Browser
    browser.isOver = true
    return browser.frames ?? []
  })
}

/** From the click to the frame after the one in which messages are drawn. */
async function openAndWait(id: string): Promise<number> {
  const browser = globalThis as unknown as Browser
  const frame = () => new Promise<number>((resolve) => browser.requestAnimationFrame(resolve))
  const started = browser.performance.now()
  browser.document.querySelector(`a[href="/c/${id}"]`)?.click()
  while (browser.document.querySelector('[role=log] article') === null) await frame()
  await frame()
  return browser.performance.now() - started
}

function markdownReply(length: number): string {
  const blocks = [
    '## A heading with `code`\n\nAll work and no play makes a **dull** model, so this sentence *simply* goes on. 千里之行，始于足下。 See [the page](https://example.com) for more of it, and then some more.\n\n',
    '- a first point, with words\n- a second one, with **more** of them\n  - and one below it\n- a third\n\n',
    '```ts\nexport function answer(question: string): number {\n  if (question === "") return 0\n  return 42 // always\n}\n```\n\n',
    '| name | count | share |\n|---|---:|---:|\n| one | 1,204 | 31 % |\n| two | 2,617 | 69 % |\n\n',
  ]
  let text = ''
  for (let index = 0; text.length < length; index += 1) text += blocks[index % blocks.length]
  return text
}

function renderPageSection(figures: readonly PageFigure[]): string {
  const rows = figures.map(
    ({ what, value, limit, isKept }) => `| ${what} | ${value} | ${limit} | ${isKept ? 'yes' : 'no'} |`,
  )
  return `${pageHeading}

Measured by \`node scripts/launch.mjs bench/page.ts\` on ${new Date().toISOString().slice(0, 10)}: headless, drawn by the processor,
beside the server on the same machine. Work in one go is processor time of the page's thread; frames are what somebody would
see, with whatever else the machine is doing.

| what | measured | limit | kept |
| --- | ---: | ---: | --- |
${rows.join('\n')}
`
}

const { values } = parseArgs({
  options: { dry: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
})
if (values.help) console.log(help)
else await main(values.dry)
