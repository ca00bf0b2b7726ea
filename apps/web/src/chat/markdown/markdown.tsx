import { Fragment, memo, type ReactNode, useMemo } from 'react'
import ReactMarkdown, { type Components, defaultUrlTransform } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import remend from 'remend'
import { CodeBlock } from './code-block.tsx'
import { ForeignImage } from './foreign-image.tsx'
import './markdown.css'
import { needsMath, useMathPlugins } from './math.ts'
import { withMarkedFormulas } from './math-delimiters.ts'
import { splitBlocks } from './split-blocks.ts'
import { splitParagraph } from './split-paragraph.ts'

export interface MarkdownProps {
  readonly text: string
  /** It is still being written: what is half-finished at its end is drawn as what it is going to be. */
  readonly isGrowing?: boolean
}

/** What models write. No HTML gets through, links leave alone, images of strangers wait for a click. */
export const Markdown = memo(function Markdown({ text, isGrowing = false }: MarkdownProps) {
  const blocks = useMemo(() => splitBlocks(withMarkedFormulas(text)), [text])
  return (
    <div className="markdown">
      {blocks.map((block, index) => (
        // Pieces only ever grow at the end: their place is who they are.
        <Block key={index} text={block} isGrowing={isGrowing && index === blocks.length - 1} />
      ))}
    </div>
  )
})

interface PieceProps {
  readonly text: string
  readonly isGrowing: boolean
  /** Part of a paragraph, not one of its own. */
  readonly isInline?: boolean
}

const Block = memo(function Block({ text, isGrowing }: PieceProps) {
  const pieces = useMemo(() => splitParagraph(text), [text])
  if (pieces === undefined) return <Piece text={text} isGrowing={isGrowing} />
  return (
    <p>
      {pieces.map((piece, index) => (
        <Fragment key={index}>
          <Piece text={piece.text} isGrowing={isGrowing && index === pieces.length - 1} isInline />
          {piece.gap}
        </Fragment>
      ))}
    </p>
  )
})

const Piece = memo(function Piece({ text, isGrowing, isInline = false }: PieceProps) {
  const math = useMathPlugins(needsMath(text))
  const drawn = isGrowing ? growingComponents : components
  return (
    <ReactMarkdown
      remarkPlugins={math === undefined ? [remarkGfm] : [remarkGfm, [math.remark, { singleDollarTextMath: false }]]}
      rehypePlugins={math === undefined ? [] : [math.rehype]}
      urlTransform={allowedUrl}
      components={isInline ? { ...drawn, p: 'span' } : drawn}
    >
      {isGrowing ? remend(text) : text}
    </ReactMarkdown>
  )
})

/** Pictures may be in the text itself: as images, nothing in them runs. */
function allowedUrl(url: string, attribute: string): string {
  return attribute === 'src' && url.startsWith('data:image/') ? url : defaultUrlTransform(url)
}

const components: Components = {
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => <ForeignImage src={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  pre: ({ children }) => <>{children}</>,
  code: ({ className, children }) => <Code className={className}>{children}</Code>,
  table: ({ children }) => (
    // Focusable: wide tables are scrolled with the keyboard.
    <div className="table-scroll" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
}
const growingComponents: Components = {
  ...components,
  code: ({ className, children }) => (
    <Code className={className} isGrowing>
      {children}
    </Code>
  ),
}

function Link({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }) {
  const isOurs = href?.startsWith('#') === true
  return (
    <a href={href} {...(isOurs ? {} : { target: '_blank', rel: 'noopener noreferrer nofollow' })}>
      {children}
    </a>
  )
}

interface CodeProps {
  readonly className: string | undefined
  readonly children: ReactNode
  readonly isGrowing?: boolean
}

/** Code in a line, or a block: a block ends in a line break or has a language. */
function Code({ className, children, isGrowing = false }: CodeProps) {
  const code = typeof children === 'string' ? children : ''
  const language = /language-([^\s]+)/.exec(className ?? '')?.[1]
  if (language === undefined && !code.includes('\n')) return <code>{children}</code>
  return <CodeBlock code={code.replace(/\n$/, '')} language={language} isGrowing={isGrowing} />
}

/** What is drawn for the first time takes ten times as long: better now than under somebody's fingers. */
const sample = '# a\n\n**b** `c` [d](#e)\n\n- f\n\n| g |\n|---|\n| h |\n\n```ts\ni\n```'
setTimeout(() => ReactMarkdown({ children: remend(sample), remarkPlugins: [remarkGfm], components }), 200)
