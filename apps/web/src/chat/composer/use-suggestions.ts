/** What is offered while typing: templates after `/` at the beginning, names after `@` anywhere. */
import { useQuery } from '@tanstack/react-query'
import { type AriaAttributes, type KeyboardEvent, type RefObject, type SyntheticEvent, useState } from 'react'
import { templatesQuery } from '../data/queries.ts'

export interface Suggestion {
  readonly id: string
  readonly label: string
  readonly note: string
  /** What stands in the box when it is chosen. */
  readonly insert: string
  /** What happens besides. */
  readonly onChosen?: () => void
}

export interface SuggestionsOptions {
  readonly value: string
  readonly box: RefObject<HTMLTextAreaElement | null>
  readonly names: readonly Suggestion[] | undefined
  readonly onChange: (value: string) => void
}

export interface SuggestionsState {
  readonly list: readonly Suggestion[]
  readonly active: number
  readonly choose: (suggestion: Suggestion) => void
  readonly setActive: (index: number) => void
  /** Of the box, which keeps the focus: they tell of the list. */
  readonly attributes: AriaAttributes
  /** True when the key was for the list. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean
  readonly onSelect: (event: SyntheticEvent<HTMLTextAreaElement>) => void
}

const most = 8
export const suggestionsId = 'composer-suggestions'

export function optionId(index: number): string {
  return `${suggestionsId}-${index}`
}

export function useSuggestions({ value, box, names, onChange }: SuggestionsOptions): SuggestionsState {
  const [cursor, setCursor] = useState(0)
  const [pointedAt, setActive] = useState(0)
  const [dismissed, setDismissed] = useState<string>()
  const before = value.slice(0, cursor)
  const command = /^\/(\S*)$/.exec(before)
  const mention = names === undefined ? null : /(?:^|\s)@(\S*)$/.exec(before)
  const typed = command?.[1] ?? mention?.[1]
  const { data: templates } = useQuery({ ...templatesQuery, enabled: command !== null })
  const offered = mention === null ? (templates ?? []).map((template) => toSuggestion(template)) : (names ?? [])
  const isOpen = typed !== undefined && dismissed !== before
  const list = isOpen ? matching(offered, typed).slice(0, most) : []
  const active = Math.min(pointedAt, list.length - 1)

  const choose = ({ insert, onChosen }: Suggestion) => {
    const from = cursor - (typed ?? '').length - 1
    const next = value.slice(0, from) + insert
    onChange(next + value.slice(cursor))
    setActive(0)
    onChosen?.()
    requestAnimationFrame(() => {
      box.current?.focus()
      box.current?.setSelectionRange(next.length, next.length)
    })
  }
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const chosen = list[active]
    if (chosen === undefined) return false
    if (event.key === 'ArrowDown') setActive((active + 1) % list.length)
    else if (event.key === 'ArrowUp') setActive((active + list.length - 1) % list.length)
    else if (event.key === 'Enter' || event.key === 'Tab') choose(chosen)
    else if (event.key === 'Escape') setDismissed(before)
    else return false
    event.preventDefault()
    return true
  }
  return {
    list,
    active,
    choose,
    setActive,
    attributes:
      list.length === 0
        ? { 'aria-autocomplete': 'none' }
        : {
            'aria-autocomplete': 'list',
            'aria-controls': suggestionsId,
            'aria-activedescendant': optionId(active),
          },
    onKeyDown,
    onSelect: ({ currentTarget }) => setCursor(currentTarget.selectionStart),
  }
}

function matching(offered: readonly Suggestion[], typed: string): readonly Suggestion[] {
  const wanted = typed.toLowerCase()
  return offered.filter(({ label }) => label.toLowerCase().includes(wanted))
}

function toSuggestion({
  id,
  name,
  content,
}: {
  readonly id: string
  readonly name: string
  readonly content: string
}): Suggestion {
  return { id, label: name, note: content, insert: content }
}
