import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { Download, Eye, PanelRightOpen } from 'lucide-react'
import { lazy, Suspense, useContext } from 'react'
import { useText } from '../../i18n/language.ts'
import { CopyButton } from '../../ui/copy.tsx'
import { IconButton } from '../../ui/icon-button.tsx'
import { kindOf, OpenArtifact } from '../artifacts/artifact.ts'
import { Highlighted, type HighlightedProps } from './highlighted.tsx'
import { saveCode } from './save-code.ts'

const Diagram = lazy(async () => ({ default: (await import('./diagram.tsx')).Diagram }))

export function CodeBlock({ code, language, isGrowing }: HighlightedProps) {
  const text = useText()
  const written = <Highlighted code={code} language={language} isGrowing={isGrowing} />
  return (
    <figure className="code-block" aria-label={language ?? text(chatTexts.code)}>
      <figcaption>
        <span>{language ?? text(chatTexts.code)}</span>
        <span className="flex">
          {!isGrowing && <OpenButton code={code} language={language} />}
          <IconButton size="small" label={text(chatTexts.saveCode)} onClick={() => saveCode({ code, language })}>
            <Download aria-hidden className="size-4" />
          </IconButton>
          <CopyButton size="small" value={code} label={text(chatTexts.copyCode)} />
        </span>
      </figcaption>
      {language === 'mermaid' && !isGrowing ? (
        <Suspense fallback={written}>
          <Diagram code={code} fallback={written} />
        </Suspense>
      ) : (
        written
      )}
    </figure>
  )
}

/** Looked at beside the conversation, where there is such a place. */
function OpenButton({ code, language }: Pick<HighlightedProps, 'code' | 'language'>) {
  const text = useText()
  const open = useContext(OpenArtifact)
  if (open === undefined) return null
  const isCode = kindOf({ code, language }) === 'code'
  return (
    <IconButton
      size="small"
      label={text(isCode ? chatTexts.openBeside : chatTexts.preview)}
      onClick={() => open({ code, language })}
    >
      {isCode ? <PanelRightOpen aria-hidden className="size-4" /> : <Eye aria-hidden className="size-4" />}
    </IconButton>
  )
}
