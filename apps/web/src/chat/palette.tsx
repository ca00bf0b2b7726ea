import { chatTexts } from '@parley/contract/page-texts/chat.ts'
import { commonTexts } from '@parley/contract/page-texts/common.ts'
import { shellTexts } from '@parley/contract/page-texts/shell.ts'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command } from 'cmdk'
import { Gauge, Keyboard, Languages, MessageSquare, Moon, Settings, SquarePen, Sun, TextSearch } from 'lucide-react'
import { Dialog as Primitive } from 'radix-ui'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { callPage, errorText } from '../api/client.ts'
import type { Conversation } from '../api/types.ts'
import { formatAgo } from '../i18n/format.ts'
import { language, useText } from '../i18n/language.ts'
import { isPaletteOpen } from '../shell/palette-state.ts'
import { isDark, theme } from '../shell/theme.ts'
import { DialogGround, useFocusReturn } from '../ui/dialog.tsx'
import { Keys } from '../ui/keys.tsx'
import { type Marks, type SearchHit, searchQuery } from './data/search.ts'
import { sought } from './data/sought.ts'
import { showBranch } from './data/show-branch.ts'
import { useBindings } from '../shell/shortcuts.ts'

const itemClasses =
  'flex min-h-9 cursor-pointer items-center gap-3 rounded-lg px-3 data-[selected=true]:bg-hover coarse:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted'
const groupClasses =
  '[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted'

const newestQuery = queryOptions({
  queryKey: ['conversations', 'newest'],
  queryFn: ({ signal }) => callPage<Conversation>('/api/conversations?limit=12', { signal }),
})

/** Everything by name: conversations, and what can be done. */
export function Palette() {
  const text = useText()
  const [typed, setTyped] = useState('')
  const close = () => isPaletteOpen.set(false)
  const returnFocus = useFocusReturn(true)
  return (
    <Primitive.Root open onOpenChange={(open) => !open && close()}>
      <Primitive.Portal>
        <DialogGround />
        <Primitive.Content
          aria-describedby={undefined}
          onCloseAutoFocus={returnFocus}
          className="fixed inset-x-4 top-[12vh] z-50 mx-auto max-w-xl animate-rise overflow-hidden rounded-2xl border bg-surface shadow-floating focus:outline-none"
        >
          <Primitive.Title className="sr-only">{text(shellTexts.palette)}</Primitive.Title>
          <Command shouldFilter={false} label={text(shellTexts.palette)}>
            <Command.Input
              autoFocus
              value={typed}
              onValueChange={setTyped}
              placeholder={text(shellTexts.paletteHint)}
              className="h-13 w-full border-b bg-transparent px-5 text-base placeholder:text-muted focus:outline-none"
            />
            <Command.List className="max-h-[min(26rem,60vh)] overflow-y-auto p-1.5">
              <Commands typed={typed} onDone={close} />
              <Conversations typed={typed} onDone={close} />
            </Command.List>
          </Command>
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  )
}

interface SectionProps {
  readonly typed: string
  readonly onDone: () => void
}

/** Without words the newest conversations; with words what has them, in titles and in what was said. */
function Conversations({ typed, onDone }: SectionProps) {
  const text = useText()
  const navigate = useNavigate()
  const wanted = useDeferredValue(typed.trim())
  const newest = useQuery({ ...newestQuery, enabled: wanted === '' }).data
  const { data: found, error, isFetching } = useQuery(searchQuery(wanted))
  const titles = wanted === '' ? newest?.items : found?.titles.map(({ conversation }) => conversation)
  const messages = wanted === '' ? [] : (found?.messages ?? [])
  const show = async (id: string, hit?: SearchHit) => {
    onDone()
    if (hit !== undefined && !hit.is_shown) await showBranch(id, hit.leaf_id)
    sought.set(hit?.message_id)
    await navigate({ to: '/c/$id', params: { id } })
  }
  return (
    <>
      {titles !== undefined && titles.length > 0 && (
        <Command.Group heading={text(shellTexts.conversations)} className={groupClasses}>
          {titles.map(({ id, title, updated_at: time }) => (
            <Command.Item key={id} value={id} className={itemClasses} onSelect={() => void show(id)}>
              <MessageSquare aria-hidden />
              <span className="min-w-0 flex-1 truncate">{title}</span>
              <span className="text-xs text-muted">{formatAgo(time)}</span>
            </Command.Item>
          ))}
        </Command.Group>
      )}
      {messages.length > 0 && (
        <Command.Group heading={text(shellTexts.messages)} className={groupClasses}>
          {messages.map((hit) => (
            <Command.Item
              key={hit.message_id}
              value={hit.message_id}
              className={itemClasses}
              onSelect={() => void show(hit.conversation.id, hit)}
            >
              <TextSearch aria-hidden />
              <span className="min-w-0 flex-1 py-1.5">
                <span className="block truncate">
                  <Marked text={hit.snippet} marks={hit.marks} />
                </span>
                <span className="block truncate text-xs text-muted">
                  {hit.conversation.title} · {formatAgo(hit.created_at)}
                </span>
              </span>
            </Command.Item>
          ))}
        </Command.Group>
      )}
      {error !== null && (
        <p role="alert" className="px-3 py-2 text-danger">
          {errorText(error)}
        </p>
      )}
      {error === null && !isFetching && (
        <Command.Empty className="py-8 text-center text-muted">{text(shellTexts.paletteEmpty)}</Command.Empty>
      )}
    </>
  )
}

function Marked({ text, marks }: { readonly text: string; readonly marks: Marks }) {
  const pieces: ReactNode[] = []
  let end = 0
  for (const [from, to] of marks) {
    pieces.push(
      text.slice(end, from),
      <mark key={from} className="rounded-sm bg-accent-soft text-accent-ink">
        {text.slice(from, to)}
      </mark>,
    )
    end = to
  }
  return [...pieces, text.slice(end)]
}

interface PaletteCommand {
  readonly id: string
  readonly label: string
  readonly icon: ReactNode
  readonly shortcut?: string
  readonly run: () => void
}

function Commands({ typed, onDone }: SectionProps) {
  const text = useText()
  const commands = useCommands()
  const wanted = typed.trim().toLowerCase()
  const found = commands.filter(({ label, id }) => `${label} ${id}`.toLowerCase().includes(wanted))
  if (found.length === 0) return null
  return (
    <Command.Group heading={text(shellTexts.commands)} className={groupClasses}>
      {found.map(({ id, label, icon, shortcut, run }) => (
        <Command.Item
          key={id}
          value={`command ${id}`}
          className={itemClasses}
          onSelect={() => {
            onDone()
            run()
          }}
        >
          {icon}
          <span className="flex-1">{label}</span>
          {shortcut !== undefined && <Keys shortcut={shortcut} />}
        </Command.Item>
      ))}
    </Command.Group>
  )
}

function useCommands(): readonly PaletteCommand[] {
  const text = useText()
  const navigate = useNavigate()
  const bindings = useBindings()
  return [
    {
      id: 'new',
      label: text(chatTexts.newChat),
      icon: <SquarePen aria-hidden />,
      shortcut: bindings.newChat,
      run: () => void navigate({ to: '/' }),
    },
    {
      id: 'settings',
      label: text(commonTexts.settings),
      icon: <Settings aria-hidden />,
      shortcut: bindings.settings,
      run: () => void navigate({ to: '/settings' }),
    },
    {
      id: 'console',
      label: text(commonTexts.console),
      icon: <Gauge aria-hidden />,
      run: () => void navigate({ to: '/console' }),
    },
    {
      id: 'keyboard',
      label: text(chatTexts.keyboardMap),
      icon: <Keyboard aria-hidden />,
      shortcut: bindings.keyboard,
      run: () => void navigate({ to: '/settings/$section', params: { section: 'keyboard' } }),
    },
    {
      id: 'theme',
      label: text(isDark() ? chatTexts.toLight : chatTexts.toDark),
      icon: isDark() ? <Sun aria-hidden /> : <Moon aria-hidden />,
      run: () => theme.set(isDark() ? 'light' : 'dark'),
    },
    {
      id: 'language 语言 中文 english',
      label: `${text(commonTexts.language)}: ${text(shellTexts.otherLanguage)}`,
      icon: <Languages aria-hidden />,
      run: () => language.update((now) => (now === 'zh' ? 'en' : 'zh')),
    },
  ]
}
