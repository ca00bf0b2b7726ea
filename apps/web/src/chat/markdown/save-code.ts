import { saveFile } from '../../ui/save-file.ts'

const endings: Readonly<Record<string, string>> = {
  bash: 'sh',
  javascript: 'js',
  markdown: 'md',
  mermaid: 'mmd',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  typescript: 'ts',
}

/** Saves code as a file on this machine, with the ending of its language. */
export function saveCode({ code, language }: { readonly code: string; readonly language: string | undefined }): void {
  saveFile(new Blob([code], { type: 'text/plain' }), `code.${endingOf(language)}`)
}

function endingOf(language: string | undefined): string {
  if (language === undefined || !/^[a-z0-9]+$/.test(language)) return 'txt'
  return (Object.hasOwn(endings, language) ? endings[language] : undefined) ?? language
}
