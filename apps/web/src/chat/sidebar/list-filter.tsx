import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Archive, Folder } from 'lucide-react'
import type { ReactNode } from 'react'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { foldersQuery, type ListFilter, tagsQuery } from '../data/queries.ts'

export interface ListFilterProps {
  readonly value: ListFilter
  readonly onChange: (filter: ListFilter) => void
}

/** Folders, tags, and what was put away: one at a time. */
export function ListFilterBar({ value, onChange }: ListFilterProps) {
  const text = useText()
  const { data: tags = [] } = useQuery(tagsQuery)
  const { data: folders = [] } = useQuery(foldersQuery)
  // What is chosen can be given up, also when nothing is left in it.
  const folderNames = withChosen(
    folders.map(({ name }) => name),
    value.folder,
  )
  const choose = (filter: ListFilter, isChosen: boolean) => onChange(isChosen ? {} : filter)
  return (
    <div
      role="group"
      aria-label={text(chatTexts.showOnly)}
      className="flex shrink-0 gap-1 overflow-x-auto px-4 py-2 [scrollbar-width:none]"
    >
      {folderNames.map((name) => (
        <Choice
          key={`folder ${name}`}
          isChosen={value.folder === name}
          onPress={() => choose({ folder: name }, value.folder === name)}
        >
          <Folder aria-hidden className="size-3" />
          {name}
        </Choice>
      ))}
      {withChosen(tags, value.tag).map((tag) => (
        <Choice key={tag} isChosen={value.tag === tag} onPress={() => choose({ tag }, value.tag === tag)}>
          {tag}
        </Choice>
      ))}
      <Choice
        isChosen={value.isArchived === true}
        onPress={() => choose({ isArchived: true }, value.isArchived === true)}
      >
        <Archive aria-hidden className="size-3" />
        {text(chatTexts.archived)}
      </Choice>
    </div>
  )
}

function withChosen(names: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || names.includes(chosen) ? names : [...names, chosen]
}

interface ChoiceProps {
  readonly isChosen: boolean
  readonly onPress: () => void
  readonly children: ReactNode
}

function Choice({ isChosen, onPress, children }: ChoiceProps) {
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      onClick={onPress}
      className={classes(
        'flex items-center gap-1 rounded-full border px-2.5 text-xs leading-6 whitespace-nowrap transition-colors coarse:leading-10',
        isChosen ? 'border-transparent bg-accent text-on-accent' : 'bg-surface text-muted hover:bg-hover',
      )}
    >
      {children}
    </button>
  )
}
