import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Axe {
  run(scope: string, options: object): Promise<AxeResult>
}

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[]
}

/** What axe finds to complain about in the page as it is now, or in the part of it that the selector finds. */
export async function violations(page: Page, scope = 'html'): Promise<string[]> {
  // By the debugger's way, which the page's own policy has no say in.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
  return await page.evaluate(async (selector) => {
    const { axe } = globalThis as unknown as { axe: Axe }
    // What is in order is not to be described.
    const result = await axe.run(selector, { resultTypes: ['violations'] })
    return result.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
  }, scope)
}
