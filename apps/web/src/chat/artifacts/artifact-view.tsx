import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { lazy, Suspense } from 'react'
import { useText } from '../../i18n/language.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { Highlighted } from '../markdown/highlighted.tsx'
import { Markdown } from '../markdown/markdown.tsx'
import { type Artifact, kindOf } from './artifact.ts'
import { PagePreview } from './page-preview.tsx'

const Diagram = lazy(async () => ({ default: (await import('../markdown/diagram.tsx')).Diagram }))

/** An artifact as what it is. */
export function ArtifactView({ artifact, title }: { readonly artifact: Artifact; readonly title: string }) {
  const text = useText()
  const { code } = artifact
  switch (kindOf(artifact)) {
    case 'page':
      return <PagePreview key={code} html={code} title={title} />
    case 'picture':
      return (
        <div className="grid min-h-full place-items-center bg-white p-6">
          {/* As an image, in which nothing runs and which loads nothing. */}
          <img
            src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(withNamespace(code))}`}
            alt={text(chatTexts.image)}
            className="max-h-full max-w-full"
          />
        </div>
      )
    case 'diagram':
      return (
        <div className="grid min-h-full place-items-center p-6">
          <Suspense fallback={<Skeleton className="h-60 w-full" />}>
            <Diagram code={code} fallback={<ArtifactCode artifact={artifact} />} />
          </Suspense>
        </div>
      )
    case 'document':
      return (
        <div className="p-6">
          <Markdown text={code} />
        </div>
      )
    default:
      return <ArtifactCode artifact={artifact} />
  }
}

export function ArtifactCode({ artifact: { code, language } }: { readonly artifact: Artifact }) {
  return (
    <div className="code-block code-block-bare">
      <Highlighted code={code} language={language} isGrowing={false} />
    </div>
  )
}

/** Without it a browser does not know the image for one; replies often leave it out. */
function withNamespace(svg: string): string {
  return /\sxmlns=/.test(svg) ? svg : svg.replace('<svg', '<svg xmlns="http://www.w3.org/2000/svg"')
}
