/** Every decision record is linked from the list of them, and every link leads to a record. */
import path from 'node:path'
import type { Repository } from './source-files.ts'

const folder = 'docs/decisions'
const list = `${folder}/README.md`

export function checkDecisionRecords(repository: Repository): string[] {
  const records = repository.files.filter((file) => path.posix.dirname(file) === folder && file !== list)
  const misnamed = records
    .filter((file) => !/^\d{3}-[a-z0-9-]+\.md$/.test(path.posix.basename(file)))
    .map((file) => `${file} is not named NNN-what-was-decided.md`)
  const text = repository.files.includes(list) ? repository.read(list) : ''
  const linked = [...text.matchAll(/\]\((?:\.\/)?([^)#]+\.md)\)/g)].map((match) => `${folder}/${match[1]}`)
  return [
    ...misnamed,
    ...records.filter((file) => !linked.includes(file)).map((file) => `${list} does not list ${file}`),
    ...linked
      .filter((file) => !repository.files.includes(file))
      .map((file) => `${list} lists ${file}, which is missing`),
  ]
}
