import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { optionId, type SuggestionsState, suggestionsId } from './use-suggestions.ts'

export function Suggestions({ list, active, choose, setActive }: SuggestionsState) {
  const text = useText()
  if (list.length === 0) return null
  return (
    <div
      id={suggestionsId}
      role="listbox"
      aria-label={text(chatTexts.suggestions)}
      className="absolute inset-x-0 bottom-full z-20 mb-2 max-h-72 animate-fade overflow-y-auto rounded-xl border bg-surface p-1 shadow-floating"
    >
      {list.map((suggestion, index) => (
        <button
          key={suggestion.id}
          id={optionId(index)}
          type="button"
          role="option"
          aria-selected={index === active}
          tabIndex={-1}
          onMouseEnter={() => setActive(index)}
          // The box keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => choose(suggestion)}
          className={classes(
            'flex w-full items-baseline gap-3 rounded-lg px-3 py-1.5 text-left coarse:py-2.5',
            index === active && 'bg-hover',
          )}
        >
          <span className="font-medium whitespace-nowrap">{suggestion.label}</span>
          <span className="min-w-0 truncate text-sm text-muted">{suggestion.note}</span>
        </button>
      ))}
    </div>
  )
}
