/**
 * Every text of the catalogue is shown somewhere: a table's entry is used by its name (`chatTexts.send`), or, where the table
 * is looked up in or handed on, is at least named (`'send'`). What only tests use is not used.
 */
import type { Repository } from './source-files.ts'

const catalogue = /^packages\/contract\/src\/(?!.*\.test\.ts$).*\.ts$/
const source = /^(?:apps|packages)\/(?!.*(?:\/test\/|\.test\.tsx?$)).*\.tsx?$/
const definition = /^export const (\w+)(?:: [^\n=]+)? = \{\n([^]*?)^\}/gm
const entry = /^ {2}'?([\w-]+)'?: (?=[^\n]*\b(?:en|status): |\{$)/gm

export function checkUnusedTexts(repository: Repository): string[] {
  const files = repository.files.filter((file) => source.test(file))
  const everything = files
    .map((file) => (catalogue.test(file) ? repository.read(file).replaceAll(definition, '') : repository.read(file)))
    .map(withoutImports)
    .join('\n')
  const named = new Set(Array.from(everything.matchAll(/'([\w.-]+)'|\b(\w+):/g)).flatMap(namesIn))
  return files
    .filter((file) => catalogue.test(file))
    .flatMap((file) =>
      tablesOf(repository.read(file)).flatMap(({ table, entries }) => {
        const uses = usesOf(table, everything)
        return entries
          .filter((name) => !uses.entries.has(name) && !(uses.isWhole && named.has(name)))
          .filter((name) => !uses.beginnings.some((beginning) => name.startsWith(beginning)))
          .map((name) => `${file}: ${table}.${name} is shown nowhere`)
      }),
    )
}

/** In a text, of which the parts may be names (`'account.update'`), or of a property. */
function namesIn([, text, property]: RegExpMatchArray): string[] {
  return [
    ...(text?.split('.') ?? []),
    ...(text === undefined ? [] : [text]),
    ...(property === undefined ? [] : [property]),
  ]
}

function tablesOf(text: string): { table: string; entries: string[] }[] {
  return Array.from(text.matchAll(definition), ([, table = '', body = '']) => ({
    table,
    entries: Array.from(body.matchAll(entry), ([, name = '']) => name),
  }))
}

interface Uses {
  readonly entries: ReadonlySet<string | undefined>
  /** It is looked up in, or handed on. */
  readonly isWhole: boolean
  /** What begins so is put together where it is looked up: ``texts[`key${name}`]``. */
  readonly beginnings: readonly string[]
}

function usesOf(table: string, text: string): Uses {
  const uses = [...text.matchAll(new RegExp(`\\b${table}\\b(?:\\.(\\w+)|\\[\`(\\w+)\\$)?`, 'g'))]
  return {
    entries: new Set(uses.map(([, name]) => name)),
    isWhole: uses.some(([, name, beginning]) => name === undefined && beginning === undefined),
    beginnings: uses.flatMap(([, , beginning]) => beginning ?? []),
  }
}

function withoutImports(text: string): string {
  return text.replaceAll(/^(?:import|export) [^'"]*? from '[^']*'$/gm, '')
}
