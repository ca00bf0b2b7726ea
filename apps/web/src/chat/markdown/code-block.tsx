import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Download } from 'lucide-react'
import { lazy, memo, startTransition, Suspense, useEffect, useState } from 'react'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { saveFile } from '../data/export.ts'
import { type HighlightedLine, highlight } from './highlight.ts'

export interface CodeBlockProps {
  readonly code: string
  readonly language: string | undefined
  readonly isGrowing: boolean
}

const Diagram = lazy(async () => ({ default: (await import('./diagram.tsx')).Diagram }))

export function CodeBlock({ code, language, isGrowing }: CodeBlockProps) {
  const text = useText()
  if (language === 'mermaid' && !isGrowing) {
    return (
      <Suspense fallback={<PlainBlock code={code} language={language} />}>
        <Diagram code={code} fallback={<PlainBlock code={code} language={language} />} />
      </Suspense>
    )
  }
  return (
    <figure className="code-block" aria-label={language ?? text(chatTexts.code)}>
      <figcaption>
        <span>{language ?? text(chatTexts.code)}</span>
        <span className="flex">
          <IconButton size="small" label={text(chatTexts.saveCode)} onClick={() => saveCode(code, language)}>
            <Download aria-hidden className="size-4" />
          </IconButton>
          <CopyButton size="small" value={code} label={text(chatTexts.copyCode)} />
        </span>
      </figcaption>
      <Highlighted code={code} language={language} isGrowing={isGrowing} />
    </figure>
  )
}

const endings: Readonly<Record<string, string>> = {
  bash: 'sh',
  javascript: 'js',
  markdown: 'md',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  typescript: 'ts',
}

function saveCode(code: string, language: string | undefined): void {
  const ending = language === undefined || !/^[a-z0-9]+$/.test(language) ? 'txt' : (endings[language] ?? language)
  saveFile(new Blob([code], { type: 'text/plain' }), `code.${ending}`)
}

function PlainBlock({ code, language }: { readonly code: string; readonly language: string }) {
  return (
    <figure className="code-block" aria-label={language}>
      <pre>
        <code>{code}</code>
      </pre>
    </figure>
  )
}

const Highlighted = memo(function Highlighted({ code, language, isGrowing }: CodeBlockProps) {
  const [lines, setLines] = useState<readonly HighlightedLine[]>()
  useEffect(() => {
    if (language === undefined || isGrowing || code.length > 100_000) return undefined
    let isCurrent = true
    highlight(code, language)
      .then((result) => isCurrent && startTransition(() => setLines(result)))
      .catch((error: unknown) => console.warn('code stays without colours', error))
    return () => {
      isCurrent = false
    }
  }, [code, language, isGrowing])
  return (
    // Focusable: long lines are scrolled with the keyboard.
    <pre tabIndex={0}>
      <code>{lines === undefined ? code : lines.map((line, index) => <Line key={`${index}`} line={line} />)}</code>
    </pre>
  )
})

function Line({ line }: { readonly line: HighlightedLine }) {
  return (
    <>
      {line.map(({ content, color }, index) => (
        <span key={`${index}`} style={color === undefined ? undefined : { color }}>
          {content}
        </span>
      ))}
      {'\n'}
    </>
  )
}
