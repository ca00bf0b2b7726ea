import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { renderLosses } from './src/losses-table.ts'

/** Writes the tables of what no wire can carry into README.md, from the rules in src/losses.ts. */
const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } })
if (values.help) {
  console.log('node packages/wires/update-readme.ts\n\nWrites the tables in README.md anew from src/losses.ts.')
} else {
  const file = new URL('README.md', import.meta.url)
  const readme = readFileSync(file, 'utf8')
  const tables = `<!-- losses -->\n\n${renderLosses()}\n\n<!-- /losses -->`
  writeFileSync(
    file,
    readme.replace(/<!-- losses -->[^]*<!-- \/losses -->/, () => tables),
  )
}
