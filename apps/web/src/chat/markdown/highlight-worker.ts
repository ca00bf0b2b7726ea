/**
 * Colours for code, worked out beside the page: the first piece of a language takes several hundred milliseconds, in which
 * nobody could type. The engine and each language are fetched when they are first needed.
 */
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore, type LanguageInput } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'

import type { HighlightAnswer, HighlightedLine, HighlightRequest } from './highlight.ts'

const languages: Record<string, () => LanguageInput> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  jsx: () => import('shiki/langs/jsx.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  nginx: () => import('shiki/langs/nginx.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  powershell: () => import('shiki/langs/powershell.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  vue: () => import('shiki/langs/vue.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}

const otherNames: Record<string, string> = {
  'c++': 'cpp',
  'c#': 'csharp',
  cs: 'csharp',
  console: 'bash',
  dockerfile: 'docker',
  golang: 'go',
  js: 'javascript',
  jsonc: 'json',
  kt: 'kotlin',
  md: 'markdown',
  mjs: 'javascript',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  svg: 'xml',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
}

/** A line that takes longer gets wrong colours. The first ones take long on a slow or busy machine, and nobody waits for them. */
const longestLineMs = 10_000

let highlighter: Promise<HighlighterCore> | undefined

/** Undefined for a language that is not known here. */
async function highlight(code: string, name: string): Promise<readonly HighlightedLine[] | undefined> {
  const lowerCase = name.toLowerCase()
  const language = otherNames[lowerCase] ?? lowerCase
  const load = Object.hasOwn(languages, language) ? languages[language] : undefined
  if (load === undefined) return undefined
  highlighter ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'parley', variablePrefix: '--code-' })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true, target: 'ES2018' }),
  })
  const core = await highlighter
  await core.loadLanguage(load())
  const { tokens } = core.codeToTokens(code, { lang: language, theme: 'parley', tokenizeTimeLimit: longestLineMs })
  return tokens.map((line) => line.map(({ content, color }) => ({ content, color })))
}

addEventListener('message', ({ data: { id, code, language } }: MessageEvent<HighlightRequest>) => {
  const answer = (result: HighlightAnswer) => postMessage(result)
  void highlight(code, language).then(
    (lines) => answer({ id, lines }),
    (error: unknown) => answer({ id, problem: error instanceof Error ? error.message : String(error) }),
  )
})
