import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useState } from 'react'
import { useText } from '../../i18n/language.ts'

const mostCharacters = 1800
const mostLines = 24

/** What somebody pasted is cut, and shown whole when asked for. */
export function LongText({ text: whole }: { readonly text: string }) {
  const text = useText()
  const [isOpen, setOpen] = useState(false)
  const lines = whole.split('\n', mostLines + 1)
  const isLong = whole.length > mostCharacters || lines.length > mostLines
  if (!isLong) return whole
  return (
    <>
      {isOpen ? whole : `${lines.slice(0, mostLines).join('\n').slice(0, mostCharacters)}…`}
      <button
        type="button"
        onClick={() => setOpen(!isOpen)}
        className="mt-2 block text-sm font-medium text-accent-ink hover:underline"
      >
        {text(isOpen ? chatTexts.showLess : chatTexts.showMore)}
      </button>
    </>
  )
}
