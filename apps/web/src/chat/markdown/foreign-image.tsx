import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { ExternalLink, ImageIcon } from 'lucide-react'
import { useText } from '../../i18n/language.ts'

/** An image of a reply. Those that would tell a stranger's server who reads this are a link instead. */
export function ForeignImage({ src, alt }: { readonly src: string; readonly alt: string }) {
  const text = useText()
  const isOurs = src.startsWith('/') && !src.startsWith('//')
  if (isOurs || src.startsWith('data:image/')) return <img src={src} alt={alt} loading="lazy" />
  const host = URL.canParse(src) ? new URL(src).host : src
  return (
    <a href={src} target="_blank" rel="noopener noreferrer nofollow" className="inline-flex items-center gap-1.5">
      <ImageIcon aria-hidden className="size-4" />
      {alt === '' ? text(chatTexts.image) : alt} <span className="text-muted">({host})</span>
      <ExternalLink aria-hidden className="size-3.5" />
    </a>
  )
}
