/** docs/performance.md: each bench writes its own sections and leaves the others' alone. */
import path from 'node:path'

export const performanceDocument = path.resolve(import.meta.dirname, '../docs/performance.md')
/** Of the section that `bench/page.ts` writes. */
export const pageHeading = '## The page, in Chromium'
/** Of the section that `bench/dashboard.ts` writes. */
export const dashboardHeading = '## The dashboard over a large ledger'

export function sectionOf(whole: string, heading: string): string | undefined {
  return sectionsOf(whole).find((each) => each.startsWith(heading))
}

/** The document with the section in place of what it had under the same heading, before the last one. */
export function putSection(whole: string, heading: string, section: string): string {
  const sections = sectionsOf(whole).filter((each) => !each.startsWith(heading))
  const last = sections.findIndex((each) => each.startsWith('## How to repeat'))
  return sections.toSpliced(last === -1 ? sections.length : last, 0, `${section.trimEnd()}\n\n`).join('')
}

function sectionsOf(whole: string): string[] {
  return whole.split(/^(?=## )/m)
}
