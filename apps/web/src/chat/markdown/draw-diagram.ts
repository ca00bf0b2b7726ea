import type { DiagramAnswer, DiagramRequest } from '../../diagram/main.ts'

let frame: Promise<Window> | undefined

/** The diagram as a data URL, drawn in a document apart; see there. */
export async function drawDiagram(request: DiagramRequest): Promise<string> {
  frame ??= openFrame()
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
  await new Promise((resolve, reject) => {
    element.addEventListener('load', resolve)
    element.addEventListener('error', reject)
    document.body.append(element)
  })
  if (element.contentWindow === null) throw new Error('the frame for diagrams has no window')
  return element.contentWindow
}
