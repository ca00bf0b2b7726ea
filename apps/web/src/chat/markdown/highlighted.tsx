import { memo, startTransition, useEffect, useState } from 'react'
import { type HighlightedLine, highlight } from './highlight.ts'

export interface HighlightedProps {
  readonly code: string
  readonly language: string | undefined
  /** It is still being written: colours come when it is whole. */
  readonly isGrowing: boolean
}

const longestColoured = 100_000

export const Highlighted = memo(function Highlighted({ code, language, isGrowing }: HighlightedProps) {
  const [lines, setLines] = useState<readonly HighlightedLine[]>()
  useEffect(() => {
    // Not those of what was here before.
    setLines(undefined)
    if (language === undefined || isGrowing || code.length > longestColoured) return undefined
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
