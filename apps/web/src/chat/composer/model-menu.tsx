import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { Command } from 'cmdk'
import { Brain, Check, FileText, ImageIcon, Star, Wrench } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { modelsQuery } from '../../api/queries.ts'
import type { Model } from '../../api/types.ts'
import { useStore } from '../../api/store.ts'
import { formatCompact, formatNumber } from '../../i18n/format.ts'
import { useText } from '../../i18n/language.ts'
import { classes } from '../../ui/classes.ts'
import { Keys } from '../../ui/keys.tsx'
import { Popover } from '../../ui/popover.tsx'
import { favoriteModels, toggleFavorite } from './favorites.ts'

export const usable = (models: readonly Model[]) => models.filter((model) => model.is_active === 1)

export interface ModelMenuProps {
  readonly label: string
  readonly trigger: ReactNode
  readonly isOpen: boolean
  readonly onOpenChange: (isOpen: boolean) => void
  /** The one that is chosen now, if one is. */
  readonly value?: string | undefined
  readonly onChoose: (modelId: string) => void
}

/** All models that can be used, to look for and choose one. */
export function ModelMenu({ label, trigger, isOpen, onOpenChange, value, onChoose }: ModelMenuProps) {
  const text = useText()
  const { data: models = [] } = useQuery({ ...modelsQuery, select: usable })
  const favorites = useStore(favoriteModels)
  const groups = groupsOf(models, favorites, text(chatTexts.favorites))
  const choose = (id: string) => {
    onOpenChange(false)
    onChoose(id)
  }
  return (
    <Popover
      label={label}
      side="top"
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      className="w-96 max-w-[calc(100vw-2rem)]"
      trigger={trigger}
    >
      <Command label={label} defaultValue={value ?? ''} onKeyDown={toggleByKey}>
        <Command.Input
          autoFocus
          placeholder={text(chatTexts.searchModels)}
          className="h-10 w-full rounded-t-xl border-b bg-transparent px-4 placeholder:text-muted focus:outline-none coarse:text-base"
        />
        <Command.List className="max-h-80 overflow-y-auto p-1">
          <Command.Empty className="px-3 py-6 text-center text-muted">{text(chatTexts.noModel)}</Command.Empty>
          {groups.map(({ id, heading, models: members }) => (
            <Command.Group
              key={id}
              heading={heading}
              className="[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
            >
              {members.map((model) => (
                <ModelItem
                  key={model.id}
                  model={model}
                  isChosen={model.id === value}
                  isFavorite={favorites.includes(model.id)}
                  onChoose={() => choose(model.id)}
                />
              ))}
            </Command.Group>
          ))}
        </Command.List>
        <p className="flex items-center gap-1.5 border-t px-4 py-2 text-xs text-muted coarse:hidden">
          <Star aria-hidden className="size-3.5" />
          {text(chatTexts.favoriteHint)} <Keys shortcut="Shift+Enter" />
        </p>
      </Command>
    </Popover>
  )
}

interface ModelGroup {
  readonly id: string
  readonly heading: string
  readonly models: readonly Model[]
}

/** Favourites first, then by provider. */
function groupsOf(models: readonly Model[], favorites: readonly string[], heading: string): readonly ModelGroup[] {
  const isFavorite = ({ id }: Model) => favorites.includes(id)
  const others = models.filter((model) => !isFavorite(model))
  const providers = [...new Set(others.map(({ provider }) => provider))]
  return [
    { id: 'favorites', heading, models: models.filter(isFavorite) },
    ...providers.map((provider) => ({
      id: `of ${provider}`,
      heading: provider,
      models: others.filter((model) => model.provider === provider),
    })),
  ].filter((group) => group.models.length > 0)
}

function toggleByKey(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'Enter' || !event.shiftKey) return
  const id = event.currentTarget.querySelector('[cmdk-item][data-selected=true]')?.getAttribute('data-value')
  if (id === null || id === undefined) return
  event.preventDefault()
  toggleFavorite(id)
}

interface ModelItemProps {
  readonly model: Model
  readonly isChosen: boolean
  readonly isFavorite: boolean
  readonly onChoose: () => void
}

function ModelItem({ model, isChosen, isFavorite, onChoose }: ModelItemProps) {
  return (
    <Command.Item
      value={model.id}
      keywords={[model.name, model.provider]}
      onSelect={onChoose}
      className="group flex min-h-8 cursor-pointer items-center gap-2 rounded-lg px-3 data-[selected=true]:bg-hover coarse:min-h-11"
    >
      <span className="min-w-0 flex-1 truncate">{model.name}</span>
      <Marks model={model} />
      <span className="size-4 shrink-0">{isChosen && <Check aria-hidden className="size-4 text-accent-ink" />}</span>
      {/* For the mouse; the keyboard has its key, said below the list. */}
      <span
        aria-hidden
        onClick={(event) => {
          event.stopPropagation()
          toggleFavorite(model.id)
        }}
        className={classes(
          '-mr-1 rounded p-1 text-muted hover:text-warning',
          !isFavorite && 'opacity-0 group-hover:opacity-100 coarse:opacity-100',
        )}
      >
        <Star className={classes('size-3.5', isFavorite && 'fill-current text-warning')} />
      </span>
    </Command.Item>
  )
}

type Mark = NonNullable<Model['inputs']>[number] | NonNullable<Model['features']>[number]

const marks = [
  { of: 'image', icon: ImageIcon, label: chatTexts.readsImages },
  { of: 'document', icon: FileText, label: chatTexts.readsDocuments },
  { of: 'tools', icon: Wrench, label: chatTexts.callsTools },
  { of: 'thinking', icon: Brain, label: chatTexts.thinksFirst },
] as const

/** What is known of a model; of what is not known there is nothing. */
function Marks({ model }: { readonly model: Model }) {
  const text = useText()
  const known: readonly Mark[] = [...model.inputs, ...model.features]
  const { context_limit: contextLimit } = model
  return (
    <span className="flex shrink-0 items-center gap-1.5 text-muted">
      {marks.map(({ of, icon: Icon, label }) => (
        // Each in its column, so that models can be compared.
        <span key={of} className="size-3.5" title={known.includes(of) ? text(label) : undefined}>
          {known.includes(of) && <Icon role="img" aria-label={text(label)} className="size-3.5" />}
        </span>
      ))}
      <span
        title={contextLimit === null ? undefined : text(chatTexts.contextWindow, { count: formatNumber(contextLimit) })}
        className="w-10 text-right text-xs tabular-nums"
      >
        {contextLimit !== null && formatCompact(contextLimit)}
      </span>
    </span>
  )
}
