/**
 * `.env.example`, made from the table of settings, so that the two cannot differ (a test compares them). Run this file to
 * write it: `node apps/server/src/config/env-example.ts`.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { variables } from './env.ts'

export const exampleFile = fileURLToPath(new URL('../../../../.env.example', import.meta.url))

const introduction = `# Settings of Parley. Copy this file to .env and take the # away where you want another value than the default;
# without a default, what stands there is left out. The environment comes before this file.
`

export function envExample(): string {
  const groups = Object.entries(variables).map(([title, group]) => {
    const lines = Object.entries<{ help: string; fallback: string | undefined }>(group).map(
      ([name, { help, fallback = '' }]) => `# ${help}\n# ${name}=${fallback}\n`,
    )
    return `# ── ${title} ──\n\n${lines.join('\n')}`
  })
  return `${introduction}\n${groups.join('\n')}`
}

if (import.meta.main) writeFileSync(exampleFile, envExample())
