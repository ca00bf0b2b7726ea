import type { Page, Request } from 'playwright-core'

const loading = new WeakMap<Page, Set<Request>>()

/** Notes from now on what the page asks for. */
export function watchLoading(page: Page): void {
  const requests = new Set<Request>()
  loading.set(page, requests)
  page.on('request', (request) => requests.add(request))
  page.on('requestfinished', (request) => requests.delete(request))
  page.on('requestfailed', (request) => requests.delete(request))
  page.on('response', (response) => {
    if (response.headers()['content-type']?.startsWith('text/event-stream')) requests.delete(response.request())
  })
}

/** The addresses that the page waits for. Streams of events are none of them: they have no end. */
export function loadingOf(page: Page): string[] {
  return Array.from(loading.get(page) ?? [], (request) => request.url())
}
