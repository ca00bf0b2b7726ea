import type { DiagramAnswer, DiagramRequest } from '../../diagram/main.ts'

let frame: Promise<Window> | undefined

/** The diagram as a data URL, drawn in a document apart; see there. */
export async function drawDiagram(request: DiagramRequest): Promise<string> {
  frame ??= openFrame().catch((error: unknown) => {
    // The next diagram tries again.
    frame = undefined
    throw error
  })
  const target = await frame
  const { port1, port2 } = new MessageChannel()
  const answer = await new Promise<DiagramAnswer>((resolve) => {
    port1.addEventListener('message', ({ data }: MessageEvent<DiagramAnswer>) => resolve(data), { once: true })
    port1.start()
    target.postMessage(request, location.origin, [port2])
  })
  port1.close()
  if ('problem' in answer) throw new Error(answer.problem)
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(answer.svg)}`
}

async function openFrame(): Promise<Window> {
  const element = document.createElement('iframe')
  element.src = '/diagram'
  element.tabIndex = -1
  element.setAttribute('aria-hidden', 'true')
  // Not away: what is not laid out cannot be measured.
  element.className = 'pointer-events-none invisible fixed top-0 -left-[2000px] h-[800px] w-[1200px]'
  await new Promise((resolve) => {
    element.addEventListener('load', resolve)
    document.body.append(element)
  })
  const { contentDocument, contentWindow } = element
  // A browser says of an error page, too, that it has loaded.
  if (contentWindow !== null && contentDocument?.documentElement.dataset['drawsDiagrams'] !== undefined)
    return contentWindow
  element.remove()
  throw new Error('the document that draws diagrams could not be loaded')
}
