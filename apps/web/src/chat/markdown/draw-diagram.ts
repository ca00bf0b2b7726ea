import mermaid from 'mermaid'
import { newId } from '../../api/new-id.ts'

let queue: Promise<unknown> = Promise.resolve()

/** The diagram as a data URL. One at a time: Mermaid's settings are for the whole page. */
export async function drawDiagram(code: string, isDark: boolean): Promise<string> {
  const drawn = queue.then(async () => {
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: 'strict',
      theme: isDark ? 'dark' : 'neutral',
      suppressErrorRendering: true,
      htmlLabels: false,
      fontFamily: 'system-ui, sans-serif',
    })
    const { svg } = await mermaid.render(`diagram-${newId()}`, code)
    return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  })
  queue = drawn.catch(() => undefined)
  return await drawn
}
