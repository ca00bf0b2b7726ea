import { type ReactNode, useEffect, useState } from 'react'
import { useMediaQuery } from '../../shell/media-query.ts'
import { isDark, theme } from '../../shell/theme.ts'
import { useStore } from '../../api/store.ts'
import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useText } from '../../i18n/language.ts'
import { drawDiagram } from './draw-diagram.ts'

/** A Mermaid diagram as an image, in which nothing can run and whose styles reach nothing else. */
export function Diagram({ code, fallback }: { readonly code: string; readonly fallback: ReactNode }) {
  const text = useText()
  const chosen = useStore(theme)
  const isSystemDark = useMediaQuery('(prefers-color-scheme: dark)')
  const [image, setImage] = useState<string>()
  useEffect(() => {
    let isCurrent = true
    drawDiagram({ code, isDark: isDark() })
      .then((source) => isCurrent && setImage(source))
      .catch((error: unknown) => console.warn('a diagram stays as it is written', error))
    return () => {
      isCurrent = false
    }
  }, [code, chosen, isSystemDark])
  return image === undefined ? (
    fallback
  ) : (
    <img src={image} alt={`${text(chatTexts.diagram)}: ${code}`} className="mx-auto p-4" />
  )
}
