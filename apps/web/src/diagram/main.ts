/**
 * Draws Mermaid diagrams, in a document of its own: Mermaid writes style elements and attributes, which the page's policy
 * forbids and this one's allows. What goes back is the text of an SVG, which the page shows as an image: nothing in it can
 * run, and its styles reach nothing else.
 */
import mermaid from 'mermaid'

export interface DiagramRequest {
  readonly code: string
  readonly isDark: boolean
}
export type DiagramAnswer = { readonly svg: string } | { readonly problem: string }

let queue: Promise<void> = Promise.resolve()
let count = 0

addEventListener('message', ({ origin, data, ports: [port] }: MessageEvent<DiagramRequest>) => {
  if (origin !== location.origin || port === undefined) return
  // One at a time: Mermaid's settings are for the whole document.
  queue = queue.then(async () => port.postMessage(await draw(data)))
})
document.documentElement.dataset['drawsDiagrams'] = ''

async function draw({ code, isDark }: DiagramRequest): Promise<DiagramAnswer> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: isDark ? 'dark' : 'neutral',
    suppressErrorRendering: true,
    // Labels in HTML would not be drawn in an image.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    fontFamily: 'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  })
  count += 1
  try {
    const { svg } = await mermaid.render(`diagram-${count}`, code)
    return { svg: withSize(svg) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

/** An image needs a size of its own, where Mermaid says "as wide as there is room". */
function withSize(svg: string): string {
  const element = new DOMParser().parseFromString(svg, 'text/html').querySelector('svg')
  if (element === null) return svg
  const { width, height } = element.viewBox.baseVal
  element.setAttribute('width', String(Math.ceil(width)))
  element.setAttribute('height', String(Math.ceil(height)))
  return new XMLSerializer().serializeToString(element)
}
