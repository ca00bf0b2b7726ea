import type { Page } from 'playwright-core'
import { loadingOf } from './loading.ts'

const longestMs = 30_000

/** Waits until everything is there and nothing moves. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('load')
  await page.locator('main').first().waitFor()
  const deadline = Date.now() + longestMs
  // What has come may ask for more once it is drawn: only when it has been drawn twice is it all.
  for (let quiet = 0; quiet < 2; ) {
    await page.evaluate(drawn)
    quiet = loadingOf(page).length === 0 && (await page.evaluate(isStill)) ? quiet + 1 : 0
    if (Date.now() < deadline) continue
    throw new Error(`${page.url()} is never still; it waits for: ${loadingOf(page).join(', ') || 'nothing'}`)
  }
}

function drawn(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
}

function isStill(): boolean {
  const isBusy = document.querySelector('[aria-busy=true], .animate-blink, .animate-spin') !== null
  return !isBusy && document.getAnimations().every(({ playState }) => playState !== 'running')
}
